package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.EntryChannel;
import dev.spool.ScanCancelledException;
import dev.spool.ScanReport;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An engine, or a caller, that does what it should not: nothing may be lost, leaked or left. */
class LocalSpoolFaultsTest {
  private static final String NAME = "faults";

  private final ScriptedEngine engine = new ScriptedEngine();
  private final ScriptedSpool.Builder settings = new ScriptedSpool.Builder(NAME);
  private LocalSpool spool;

  private LocalSpool open() {
    spool = new ScriptedSpool(settings, engine);
    return spool;
  }

  @AfterEach
  void close() throws InterruptedException {
    if (spool != null) {
      engine.mayLoad.countDown();
      CompletableFuture<Void> unused = spool.shutdown().exceptionally(e -> null);
      assertThat(engine.stopped.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void fullStackInALoadFromMemoryKeepsNoSpoolOpen() {
    open();
    engine.whenLookingInMemory =
        id -> {
          throw new StackOverflowError();
        };
    assertThatThrownBy(() -> spool.load(SpoolId.random())).isInstanceOf(StackOverflowError.class);
    assertThat(spool.shutdown()).succeedsWithin(30, TimeUnit.SECONDS);
  }

  /** As of a logger that fails: nobody else would end the calls. */
  @Test
  void loadWhoseFailureCannotBeToldEndsNevertheless() {
    open();
    engine.mayLoad.countDown();
    engine.whenLoading =
        id -> {
          throw new Untold();
        };
    List<CompletableFuture<byte[]>> loads = new ArrayList<>();
    for (int i = 0; i < 100; i++) { // one by one, and some together
      loads.add(spool.load(SpoolId.random()));
    }
    for (CompletableFuture<byte[]> load : loads) {
      assertThat(failure(SpoolException.class, load).outcome()).isEqualTo(Outcome.UNKNOWN);
    }
    assertThat(spool.stats().value("loads.in.flight")).hasValue(0);
    assertThat(spool.shutdown()).succeedsWithin(30, TimeUnit.SECONDS);
  }

  /**
   * The same of scans and of what is asked for, and the consumer of a scan does not wait for ever.
   */
  @Test
  void scanAndTaskWhoseFailureCannotBeToldEndNevertheless() {
    open();
    engine.whenScanning =
        () -> {
          throw new Untold();
        };
    engine.whenCompacting =
        () -> {
          throw new Untold();
        };
    EntryChannel channel = EntryChannel.bounded(1, 1);
    assertThat(failure(SpoolException.class, spool.enumerate(channel, Instant.MAX)).outcome())
        .isEqualTo(Outcome.UNKNOWN);
    assertThatThrownBy(() -> channel.receive(Duration.ofSeconds(30)))
        .isInstanceOf(SpoolException.class);
    assertThat(failure(SpoolException.class, spool.compact()).outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(spool.shutdown()).succeedsWithin(30, TimeUnit.SECONDS);
  }

  /** Fails whoever would tell it. */
  @SuppressWarnings("OverrideThrowableToString") // that is what is asked when it is told
  private static final class Untold extends IllegalStateException {
    private static final long serialVersionUID = 1;

    @Override
    public String toString() {
      throw new NoClassDefFoundError("expected by the test");
    }
  }

  private CompletableFuture<Void> store() {
    return spool.store(SpoolId.random(), new byte[100]);
  }

  private WriteCall taken() throws InterruptedException {
    WriteCall call = engine.written.poll(30, TimeUnit.SECONDS);
    return Objects.requireNonNull(call, "nothing was handed to the engine");
  }

  private void carryOut(CompletableFuture<Void> store) throws Exception {
    WriteCall call = taken();
    assertThat(call.join()).isTrue();
    call.succeed();
    store.get(30, TimeUnit.SECONDS);
  }

  private static <T extends SpoolException> T failure(Class<T> type, CompletableFuture<?> future) {
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS));
    return type.cast(SpoolException.unwrap(e));
  }

  @Test
  void anEngineThatThrowsWhenHandedAWriteFailsThatOneAndTheOthersGoOn() throws Exception {
    settings.maxConcurrentStores(1);
    open();
    CompletableFuture<Void> first = store();
    CompletableFuture<Void> second = store();
    CompletableFuture<Void> third = store();
    AtomicBoolean thrown = new AtomicBoolean();
    engine.whenWriting =
        call -> {
          if (thrown.compareAndSet(false, true)) {
            throw new OutOfMemoryError("expected by the test");
          }
        };
    carryOut(first);
    assertThat(failure(SpoolException.class, second).outcome()).isEqualTo(Outcome.UNKNOWN);
    carryOut(third);
    carryOut(store());
    assertThat(spool.stats().value("bytes.in.flight")).hasValue(0);
  }

  @Test
  void aWriteThatIsTakenUpAgainGivesNothingBack() throws Exception {
    open();
    CompletableFuture<Void> store = store();
    WriteCall call = taken();
    assertThat(call.join()).isTrue();
    assertThat(call.join()).isFalse();
    assertThat(spool.stats().value("bytes.in.flight")).hasValue(100);
    call.succeed();
    store.get(30, TimeUnit.SECONDS);
    assertThat(spool.stats().value("bytes.in.flight")).hasValue(0);
  }

  @Test
  void aWriteThatTheEngineEndsTwiceGivesItsRoomBackOnce() throws Exception {
    open();
    CompletableFuture<Void> store = store();
    WriteCall call = taken();
    assertThat(call.join()).isTrue();
    call.succeed();
    call.fail(new SpoolIOException("expected by the test", Outcome.UNKNOWN, null));
    store.get(30, TimeUnit.SECONDS);
    assertThat(call.join()).isFalse();
    assertThat(spool.stats().value("bytes.in.flight")).hasValue(0);
    assertThat(spool.stats().value("stores.in.flight")).hasValue(0);
  }

  @Test
  void anEngineThatThrowsWhileItWritesOnTheCallersThreadKeepsNothing() throws Exception {
    engine.whenWriting =
        call -> {
          assertThat(call.join()).isTrue();
          throw new OutOfMemoryError("expected by the test");
        };
    spool = new ScriptedSpool(settings, context -> engine, false);
    assertThat(failure(SpoolException.class, store()).outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(spool.stats().value("bytes.in.flight")).hasValue(0);
    spool.shutdown().get(30, TimeUnit.SECONDS);
  }

  @Test
  void aFutureThatIsKeptDoesNotKeepTheMessage() throws Exception {
    open();
    List<WeakReference<byte[]>> messages = new ArrayList<>();
    CompletableFuture<Void> carriedOut = storeNew(messages);
    CompletableFuture<Void> cancelled = storeNew(messages);
    carryOut(carriedOut);
    assertThat(cancelled.cancel(false)).isTrue();
    assertThat(taken().join()).isFalse();
    Deadline limit = Deadline.after(Duration.ofSeconds(30));
    while (messages.stream().anyMatch(message -> message.get() != null)) {
      assertThat(limit.isExpired()).as("messages are kept").isFalse();
      System.gc();
    }
    assertThat(carriedOut).isCompleted();
    assertThat(cancelled).isCancelled();
  }

  private CompletableFuture<Void> storeNew(List<WeakReference<byte[]>> messages) {
    byte[] message = new byte[1000];
    messages.add(new WeakReference<>(message));
    return spool.store(SpoolId.random(), message);
  }

  @Test
  void continuationsThatWaitForTheShutdownAreNotWhatItWaitsFor() throws Exception {
    open();
    int several = 2 * Math.max(2, Runtime.getRuntime().availableProcessors());
    List<CompletableFuture<Void>> shutDown = new ArrayList<>();
    for (int i = 0; i < several; i++) {
      shutDown.add(store().thenRun(() -> spool.shutdown().join()));
    }
    for (int i = 0; i < several; i++) {
      WriteCall call = taken();
      assertThat(call.join()).isTrue();
      call.succeed();
    }
    for (CompletableFuture<Void> end : shutDown) {
      end.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void theEngineIsNotStoppedWhileItIsAskedForSpace() throws Exception {
    settings.shutdownTimeout(Duration.ofMillis(50));
    engine.disk = new DiskSpace(1L << 40, 1L << 40, 1L << 40, 1L << 40);
    open();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    engine.whenAskedForSpace =
        () -> {
          asked.countDown();
          await(answer);
        };
    assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(failure(SpoolException.class, spool.shutdown()).detail()).contains("1 calls");
    assertThat(engine.stopped.getCount()).isOne();
    answer.countDown();
    assertThat(engine.stopped.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anEngineWithoutFiguresIsStoppedNevertheless() throws Exception {
    open();
    engine.whenAskedForFigures =
        () -> {
          throw new IllegalStateException("expected by the test");
        };
    spool.shutdown().get(30, TimeUnit.SECONDS);
    assertThat(engine.stopped.getCount()).isZero();
  }

  @Test
  void anEngineIsStoppedIfTheOpeningFailsAfterIt() {
    engine.whenAskedForSpace =
        () -> {
          throw new IllegalStateException("expected by the test");
        };
    assertThrows(IllegalStateException.class, this::open);
    assertThat(engine.stopped.getCount()).isZero();
    awaitNoThreads();
  }

  @Test
  void aFailedOpeningLeavesNoThreads() {
    assertThrows(
        IllegalStateException.class,
        () ->
            new ScriptedSpool(
                settings,
                context -> {
                  context.failed(FailureClass.FATAL, "x is broken", new IOException("broken"));
                  throw new IllegalStateException("expected by the test");
                }));
    awaitNoThreads();
  }

  @Test
  void anErrorMetWhileOpeningIsRecoveredFromAfterwards() throws Exception {
    spool =
        new ScriptedSpool(
            settings,
            context -> {
              context.failed(FailureClass.FATAL, "x is broken", new IOException("broken"));
              return engine;
            });
    assertThat(spool.unhealthyReason()).isEqualTo(SpoolUnhealthyException.REASON);
    assertThat(engine.recoveries.tryAcquire(1, 30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void theEngineIsToldToGiveUpBeforeItsCallsAreWaitedFor() throws Exception {
    open();
    engine.whenCompacting =
        () -> {
          try {
            engine.closing.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          throw new IllegalStateException("given up");
        };
    CompletableFuture<CompactionReport> compaction = spool.compact();
    spool.close();
    failure(SpoolException.class, compaction);
  }

  @Test
  void aClosedSpoolLeavesNoThreads() throws Exception {
    open();
    engine.context().failed(FailureClass.FATAL, "x is broken", new IOException("broken"));
    assertThat(engine.recoveries.tryAcquire(1, 30, TimeUnit.SECONDS)).isTrue();
    spool.compact().get(30, TimeUnit.SECONDS);
    engine.mayLoad.countDown();
    failure(SpoolException.class, spool.load(SpoolId.random()));
    spool.close();
    awaitNoThreads();
  }

  @Test
  void aRecoveryThatFailsByAnErrorIsTriedAgain() throws Exception {
    open();
    engine.whenRecovering =
        () -> {
          throw new AssertionError("expected by the test");
        };
    engine.context().failed(FailureClass.FATAL, "x is broken", new IOException("broken"));
    assertThat(engine.recoveries.tryAcquire(2, 30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aScanThatSendsNothingFailsIfItsChannelIsClosed() throws Exception {
    engine.empty = true;
    open();
    CountDownLatch closed = new CountDownLatch(1);
    engine.whenScanning = () -> await(closed);
    EntryChannel channel = EntryChannel.bounded(1, 1);
    CompletableFuture<ScanReport> scan = spool.enumerate(channel);
    channel.close();
    closed.countDown();
    failure(ScanCancelledException.class, scan);
  }

  @Test
  void aScanThatEndsWhileTheSpoolIsClosedFailsForChannelAndFutureAlike() throws Exception {
    engine.empty = true;
    open();
    CountDownLatch end = new CountDownLatch(1);
    engine.whenScanning = () -> await(end);
    EntryChannel channel = EntryChannel.bounded(1, 1);
    CompletableFuture<ScanReport> scan = spool.enumerate(channel);
    CompletableFuture<Void> shutdown = spool.shutdown();
    assertThrows(SpoolClosedException.class, channel::receive);
    end.countDown();
    failure(SpoolClosedException.class, scan);
    shutdown.get(30, TimeUnit.SECONDS);
  }

  @Test
  void tasksThatHaveNotBegunFailWhenTheSpoolIsClosed() throws Exception {
    open();
    CountDownLatch begun = new CountDownLatch(4);
    CountDownLatch end = new CountDownLatch(1);
    engine.whenCompacting =
        () -> {
          begun.countDown();
          await(end);
        };
    List<CompletableFuture<CompactionReport>> running = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      running.add(spool.compact());
    }
    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<CompactionReport> waiting = spool.compact();
    CompletableFuture<Void> shutdown = spool.shutdown();
    end.countDown();
    failure(SpoolClosedException.class, waiting);
    for (CompletableFuture<CompactionReport> compaction : running) {
      compaction.get(30, TimeUnit.SECONDS);
    }
    shutdown.get(30, TimeUnit.SECONDS);
  }

  private static void awaitNoThreads() {
    Deadline limit = Deadline.after(Duration.ofSeconds(30));
    while (Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith("spool-" + NAME + "-"))) {
      assertThat(limit.isExpired()).as("threads are left").isFalse();
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Neither logged nor put into words: it must not look like a success. */
  @Test
  void shutdownWhoseFailureCannotBeToldFailsNevertheless() {
    open();
    engine.whenStopping =
        () -> {
          throw new Untold();
        };
    assertThat(failure(SpoolException.class, spool.shutdown()).outcome())
        .isEqualTo(Outcome.UNKNOWN);
    assertThatThrownBy(spool::close).isInstanceOf(SpoolException.class);
  }

  @Test
  void loadThatAUsersExecutorRunsAndRejectsGivesItsRoomBackOnce() throws Exception {
    settings.callbackExecutor(
        task -> {
          task.run();
          throw new IllegalStateException("expected by the test");
        });
    open();
    engine.loaded = new byte[1];
    CompletableFuture<byte[]> load = spool.load(SpoolId.random());
    engine.mayLoad.countDown();
    load.get(30, TimeUnit.SECONDS);
    Deadline limit = Deadline.after(Duration.ofSeconds(30));
    while (spool.stats().value("callbacks.rejected").orElse(0) == 0) {
      assertThat(limit.isExpired()).as("%s", spool.stats()).isFalse();
      LockSupport.parkNanos(1_000_000);
    }
    spool.shutdown().get(30, TimeUnit.SECONDS); // what was rejected has been run by then
    assertThat(spool.stats().value("loads.in.flight")).hasValue(0);
  }

  /** It is asked every second: a thread for each would be one in each second, for each spool. */
  @Test
  void spaceIsAskedForByOneThread() throws Exception {
    java.util.concurrent.BlockingQueue<Thread> asking =
        new java.util.concurrent.LinkedBlockingQueue<>();
    engine.disk = new DiskSpace(1L << 40, 1L << 40, 1L << 40, 1L << 40);
    open();
    engine.whenAskedForSpace = () -> asking.add(Thread.currentThread());
    Thread first = Objects.requireNonNull(asking.poll(30, TimeUnit.SECONDS));
    for (int i = 0; i < 3; i++) {
      assertThat(asking.poll(30, TimeUnit.SECONDS)).isSameAs(first);
    }
  }
}
