package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.spool.BackpressureTimeoutException;
import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalSpoolTest {
  private static final byte[] MESSAGE = new byte[100];

  private final ScriptedEngine engine = new ScriptedEngine();
  private final ScriptedSpool.Builder settings = new ScriptedSpool.Builder();
  private LocalSpool spool;

  private LocalSpool open() {
    spool = new ScriptedSpool(settings, engine);
    return spool;
  }

  @AfterEach
  void close() throws InterruptedException {
    engine.mayLoad.countDown();
    if (spool != null) {
      CompletableFuture<Void> shutdown = spool.shutdown();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (engine.stopped.getCount() > 0) {
        assertThat(System.nanoTime()).as("the end of the shutdown").isLessThan(end);
        WriteCall call = engine.written.poll(5, TimeUnit.MILLISECONDS);
        if (call != null && call.join()) {
          call.succeed();
        }
      }
      CompletableFuture<Void> unused = shutdown.exceptionally(e -> null);
    }
  }

  private CompletableFuture<Void> store() {
    return spool.store(SpoolId.random(), MESSAGE);
  }

  private WriteCall taken() throws InterruptedException {
    WriteCall call = engine.written.poll(30, TimeUnit.SECONDS);
    return Objects.requireNonNull(call, "nothing was handed to the engine");
  }

  private static <T extends SpoolException> T failure(Class<T> type, CompletableFuture<?> future) {
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS));
    return type.cast(SpoolException.unwrap(e));
  }

  @Test
  void aStoreCompletesWhenTheEngineSaysSoAndNotBefore() throws Exception {
    open();
    CompletableFuture<Void> store = store();
    WriteCall call = taken();
    assertThat(call.join()).isTrue();
    assertThat(store).isNotDone();
    call.succeed();
    store.get(30, TimeUnit.SECONDS);
  }

  @Test
  void successfulRemovalsDoNotHideThatNoStoreSucceeds() throws Exception {
    open();
    CompletableFuture<Void> store = store();
    fail(taken(), new FileSystemException("tmp", null, "Too many open files"));
    failure(SpoolIOException.class, store);
    CompletableFuture<Void> removal = spool.remove(SpoolId.random());
    succeed(taken());
    removal.get(30, TimeUnit.SECONDS);
    removal = spool.remove(SpoolId.random());
    WriteCall call = taken();
    assertThat(call.join()).isTrue();
    WriteCall.succeedAll(List.of(call));
    removal.get(30, TimeUnit.SECONDS);
    assertThat(spool.health().state()).isEqualTo(State.DEGRADED);
    store = store();
    succeed(taken());
    store.get(30, TimeUnit.SECONDS);
    assertThat(spool.health().state()).isEqualTo(State.HEALTHY);
  }

  private static void succeed(WriteCall call) {
    assertThat(call.join()).isTrue();
    call.succeed();
  }

  private void fail(WriteCall call, IOException why) {
    assertThat(call.join()).isTrue();
    call.fail(engine.context().writeFailed("cannot write", Outcome.NOT_APPLIED, why));
  }

  @Test
  void theCallersDeadlineWithdrawsAStoreThatWasNotTakenUp() throws Exception {
    open();
    CompletableFuture<Void> store =
        spool.store(
            SpoolId.random(), MESSAGE, Durability.SYNC, Deadline.after(Duration.ofMillis(300)));
    assertThat(failure(DeadlineExceededException.class, store).outcome())
        .isEqualTo(Outcome.NOT_APPLIED);
    assertThat(taken().join()).isFalse();
    assertThat(spool.stats().value("bytes.in.flight")).hasValue(0);
  }

  @Test
  void theSpoolsDeadlineAfterTakingUpLeavesTheOutcomeUnknownAndTheBytesCounted() throws Exception {
    settings.storeDeadline(Duration.ofMillis(1));
    open();
    CompletableFuture<Void> store = store();
    WriteCall call = taken();
    if (call.join()) {
      assertThat(failure(BackpressureTimeoutException.class, store).outcome())
          .isEqualTo(Outcome.UNKNOWN);
      assertThat(spool.stats().value("bytes.in.flight")).hasValue(MESSAGE.length);
      call.succeed();
    } else {
      assertThat(failure(BackpressureTimeoutException.class, store).outcome())
          .isEqualTo(Outcome.NOT_APPLIED);
    }
    assertThat(spool.stats().value("bytes.in.flight")).hasValue(0);
  }

  /** A disk that answers neither yes nor no, and callers who are less patient than the spool. */
  @Test
  void writeThatDoesNotEndMakesIllAlthoughItsCallerHasGivenItUp() throws Exception {
    settings.storeDeadline(Duration.ofMillis(100)).errorLatchDuration(Duration.ofMillis(100));
    open();
    CompletableFuture<Void> store;
    WriteCall call;
    do {
      store =
          spool.store(
              SpoolId.random(), MESSAGE, Durability.SYNC, Deadline.after(Duration.ofMillis(50)));
      call = taken();
    } while (!call.join()); // its deadline came first
    assertThat(failure(DeadlineExceededException.class, store).outcome())
        .isEqualTo(Outcome.UNKNOWN);
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (!isIllFor("does not end")) {
        assertThat(System.nanoTime()).as("%s", spool.health()).isLessThan(end);
        Thread.onSpinWait();
      }
    } finally {
      call.succeed(); // else the spool would never be shut down
    }
    assertThat(spool.stats().value("bytes.in.flight")).hasValue(0);
  }

  private boolean isIllFor(String what) { // health() tells later than unhealthyReason()
    String reason = spool.health().reason();
    return spool.unhealthyReason() != null && reason != null && reason.contains(what);
  }

  @Test
  void cancellingWithdrawsWhatWaitsAndLetsTheNextIn() throws Exception {
    settings.maxConcurrentStores(1);
    open();
    CompletableFuture<Void> first = store();
    CompletableFuture<Void> second = store();
    CompletableFuture<Void> third = store();
    assertThat(spool.stats().value("calls.waiting")).hasValue(2);
    assertThat(second.cancel(true)).isTrue();
    assertThat(spool.stats().value("calls.waiting")).hasValue(1);
    WriteCall call = taken();
    assertThat(call.join()).isTrue();
    call.succeed();
    first.get(30, TimeUnit.SECONDS);
    WriteCall next = taken();
    assertThat(next.join()).isTrue();
    next.succeed();
    third.get(30, TimeUnit.SECONDS);
  }

  @Test
  void cancellingDoesNotReachAWriteThatHasBegun() throws Exception {
    open();
    CompletableFuture<Void> store = store();
    WriteCall call = taken();
    assertThat(call.join()).isTrue();
    assertThat(store.cancel(true)).isTrue();
    assertThat(spool.stats().value("stores.in.flight")).hasValue(1);
    call.succeed();
    assertThat(spool.stats().value("stores.in.flight")).hasValue(0);
  }

  @Test
  void aLargeMessageIsAdmittedAloneAndIsNotOvertaken() throws Exception {
    settings.maxInFlightBytes(150);
    open();
    CompletableFuture<Void> small = store();
    CompletableFuture<Void> large = spool.store(SpoolId.random(), new byte[500]);
    CompletableFuture<Void> behind = spool.store(SpoolId.random(), new byte[1]);
    assertThat(spool.stats().value("calls.waiting")).hasValue(2);
    for (CompletableFuture<Void> expected : List.of(small, large, behind)) {
      WriteCall call = taken();
      assertThat(engine.written).isEmpty();
      assertThat(call.join()).isTrue();
      call.succeed();
      expected.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void manyThatWaitAreStartedWithoutRecursion() throws Exception {
    settings.maxConcurrentStores(1);
    open();
    List<CompletableFuture<Void>> stores = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      stores.add(store());
    }
    engine.context().failed(FailureClass.FATAL, "the disk is broken", new IOException("broken"));
    WriteCall call = taken();
    assertThat(call.join()).isTrue();
    call.fail(new SpoolIOException("broken", Outcome.UNKNOWN, null));
    failure(SpoolIOException.class, stores.get(0));
    for (CompletableFuture<Void> waiting : stores.subList(1, stores.size())) {
      assertThat(failure(SpoolUnhealthyException.class, waiting).outcome())
          .isEqualTo(Outcome.NOT_APPLIED);
    }
    assertThat(engine.written).isEmpty();
  }

  @Test
  void tooManyThatWaitAreRefusedAtOnce() {
    settings.maxConcurrentStores(1).maxWaiting(1);
    open();
    CompletableFuture<Void> running = store();
    CompletableFuture<Void> waiting = store();
    CompletableFuture<Void> refused = store();
    assertThat(refused).isCompletedExceptionally();
    assertThat(failure(BackpressureTimeoutException.class, refused).outcome())
        .isEqualTo(Outcome.NOT_APPLIED);
    assertThat(running).isNotDone();
    assertThat(waiting).isNotDone();
  }

  @Test
  void afterAFatalErrorTheEngineRecoversProvesItselfAndStoresAreTakenAgain() throws Exception {
    settings.errorUnlatchDuration(Duration.ofMillis(1));
    open();
    engine.recoveryFailure = new IOException("still broken");
    engine.context().failed(FailureClass.FATAL, "the disk is broken", new IOException("broken"));
    assertThat(spool.unhealthyReason()).isEqualTo(SpoolUnhealthyException.REASON);
    assertThat(store()).isCompletedExceptionally();
    assertThat(engine.recoveries.tryAcquire(2, 30, TimeUnit.SECONDS)).isTrue();
    engine.probeFailure = new IOException("not yet");
    engine.recoveryFailure = null;
    assertThat(engine.probes.tryAcquire(1, 30, TimeUnit.SECONDS)).isTrue();
    engine.probeFailure = null;
    Deadline limit = Deadline.after(Duration.ofSeconds(30));
    while (spool.unhealthyReason() != null) {
      assertThat(limit.isExpired()).isFalse();
      boolean unused = engine.probes.tryAcquire(1, 10, TimeUnit.MILLISECONDS);
    }
    CompletableFuture<Void> store = store();
    WriteCall call = taken();
    assertThat(call.join()).isTrue();
    call.succeed();
    store.get(30, TimeUnit.SECONDS);
  }

  @Test
  void withoutReopeningAFailedSyncShedsForGood() throws Exception {
    settings.errorUnlatchDuration(Duration.ZERO).reopenAfterSyncFailure(false);
    open();
    engine.context().syncFailed("the sync of x", new IOException("lost"));
    spool.health();
    assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
    assertThat(engine.recoveries.availablePermits()).isZero();
  }

  @Test
  void shutdownFailsWhatWaitsAndLetsWhatHasBegunFinish() throws Exception {
    settings.maxConcurrentStores(1);
    open();
    CompletableFuture<Void> begun = store();
    CompletableFuture<Void> waiting = store();
    WriteCall call = taken();
    assertThat(call.join()).isTrue();
    CompletableFuture<Void> shutdown = spool.shutdown();
    assertThat(spool.unhealthyReason()).isNotNull();
    assertThat(failure(SpoolClosedException.class, waiting).outcome())
        .isEqualTo(Outcome.NOT_APPLIED);
    failure(SpoolClosedException.class, store());
    assertThat(shutdown).isNotDone();
    assertThat(engine.stopped.getCount()).isOne();
    call.succeed();
    begun.get(30, TimeUnit.SECONDS);
    shutdown.get(30, TimeUnit.SECONDS);
    assertThat(engine.stopped.getCount()).isZero();
    assertThat(spool.health().state()).isEqualTo(State.CLOSED);
  }

  @Test
  void aShutdownThatTakesTooLongFailsNamingWhatIsLeftAndDoesNotFreeTheEngine() throws Exception {
    settings.shutdownTimeout(Duration.ofMillis(20));
    open();
    CompletableFuture<Void> store = store();
    WriteCall call = taken();
    assertThat(call.join()).isTrue();
    assertThat(failure(SpoolException.class, spool.shutdown()).detail()).contains("1 stores");
    assertThat(engine.stopped.getCount()).isOne();
    assertThrows(SpoolException.class, spool::close);
    call.succeed();
    store.get(30, TimeUnit.SECONDS);
    assertThat(engine.stopped.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shutdownCancelsAScanThatNobodyConsumes() throws Exception {
    open();
    EntryChannel channel = EntryChannel.bounded(1, 1);
    CompletableFuture<ScanReport> scan = spool.enumerate(channel);
    spool.shutdown().get(30, TimeUnit.SECONDS);
    failure(SpoolClosedException.class, scan);
  }

  /** What a scan stumbles over by a mistake of ours says nothing about what stores need. */
  @Test
  void scanThatFailsUnexpectedlyLeavesStoresAlone() throws Exception {
    open();
    engine.whenScanning =
        () -> {
          throw new IllegalStateException("a test's");
        };
    SpoolException failure =
        failure(SpoolException.class, spool.enumerate(EntryChannel.bounded(1, 1)));
    assertThat(failure.detail()).contains("a test's");
    assertThat(spool.health().state()).isEqualTo(State.DEGRADED);
    assertThat(spool.unhealthyReason()).isNull();
  }

  @Test
  void closeMayBeCalledFromACallbackOnAnExecutorOfOneThread() throws Exception {
    var single = java.util.concurrent.Executors.newSingleThreadExecutor();
    try {
      settings.callbackExecutor(single);
      open();
      CompletableFuture<Void> closed = store().thenRun(spool::close);
      WriteCall call = taken();
      assertThat(call.join()).isTrue();
      call.succeed();
      closed.get(30, TimeUnit.SECONDS);
    } finally {
      single.shutdown();
    }
  }

  @Test
  void loadsTimeOutByTheSpoolsDeadlineWhileTheDiskHangs() throws Exception {
    settings.loadDeadline(Duration.ofMillis(20));
    open();
    CompletableFuture<byte[]> load = spool.load(SpoolId.random());
    failure(BackpressureTimeoutException.class, load);
    assertThat(engine.loading.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void messagesThatNobodyTakesHoldBackFurtherLoads() throws Exception {
    BlockingQueue<Runnable> untaken = new LinkedBlockingQueue<>();
    settings.maxConcurrentLoads(2).callbackExecutor(untaken::add);
    open();
    engine.loaded = MESSAGE;
    engine.mayLoad.countDown();
    List<CompletableFuture<byte[]>> loads = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      loads.add(spool.load(SpoolId.random()));
    }
    Runnable first = Objects.requireNonNull(untaken.poll(30, TimeUnit.SECONDS));
    Runnable second = Objects.requireNonNull(untaken.poll(30, TimeUnit.SECONDS));
    assertThat(engine.loads.availablePermits()).isEqualTo(2);
    assertThat(spool.stats().value("calls.waiting")).hasValue(8);
    first.run();
    second.run();
    for (int i = 2; i < 10; i++) {
      Objects.requireNonNull(untaken.poll(30, TimeUnit.SECONDS)).run();
    }
    for (CompletableFuture<byte[]> load : loads) {
      assertThat(load.get(30, TimeUnit.SECONDS)).isEqualTo(MESSAGE);
    }
  }

  @Test
  void settingsByNameAreTheSettersAndUnknownOnesAreRefused() {
    settings.settings(Map.of("maxMessageSize", "1KiB", "name", "other", "storeDeadline", "5s"));
    assertThat(settings.maxMessageSize).isEqualTo(1024);
    assertThat(settings.storeDeadline).isEqualTo(Duration.ofSeconds(5));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings.settings(Map.of("maxMesageSize", "1")))
        .withMessageContaining("maxMesageSize")
        .withMessageContaining("maxMessageSize");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings.settings(Map.of("maxConcurrentStores", "0")))
        .withMessageContaining("maxConcurrentStores=0");
  }

  private CompletableFuture<Void> storeThatHangs(List<WriteCall> hanging) throws Exception {
    while (true) {
      CompletableFuture<Void> store = store();
      WriteCall call = taken();
      if (call.join()) {
        hanging.add(call);
        return store;
      } // its deadline came first
    }
  }

  private void storeSucceeds() throws Exception {
    boolean done = false;
    while (!done) {
      CompletableFuture<Void> store = store();
      WriteCall call = taken();
      if (call.join()) {
        call.succeed();
        done = true;
      }
      boolean unused = store.handle((value, failure) -> true).get(30, TimeUnit.SECONDS);
    }
  }

  /** A spool that is called well twenty times a second is not, and its log says so as often. */
  @Test
  void writeThatDoesNotEndIsToldUntilItDoesWhateverSucceedsBeside() throws Exception {
    settings.storeDeadline(Duration.ofMillis(100));
    open();
    List<WriteCall> hanging = new ArrayList<>();
    CompletableFuture<Void> store = storeThatHangs(hanging);
    try {
      failure(BackpressureTimeoutException.class, store);
      awaitThat(() -> String.valueOf(spool.health().reason()).contains("does not end"));
      for (int i = 0; i < 100; i++) {
        storeSucceeds();
        assertThat(spool.health().state()).isEqualTo(State.DEGRADED);
      }
    } finally {
      hanging.forEach(WriteCall::succeed);
    }
    storeSucceeds();
    awaitThat(() -> spool.health().state() == State.HEALTHY);
  }

  @Test
  void ofTwoWritesThatDoNotEndTheOtherIsToldWhenOneHasEnded() throws Exception {
    settings.storeDeadline(Duration.ofMillis(100));
    open();
    List<WriteCall> hanging = new ArrayList<>();
    CompletableFuture<Void> first = storeThatHangs(hanging);
    CompletableFuture<Void> second = storeThatHangs(hanging);
    try {
      failure(BackpressureTimeoutException.class, first);
      failure(BackpressureTimeoutException.class, second);
      awaitThat(() -> String.valueOf(spool.health().reason()).contains("does not end"));
      hanging.remove(0).succeed();
      for (int i = 0; i < 3; i++) {
        long before = engine.context().health().counters().suspicions();
        engine.context().health().suspectCleared();
        awaitThat(() -> engine.context().health().counters().suspicions() > before);
      }
    } finally {
      hanging.forEach(WriteCall::succeed);
    }
  }

  private static void awaitThat(BooleanSupplier condition) {
    Deadline limit = Deadline.after(Duration.ofSeconds(30));
    while (!condition.getAsBoolean()) {
      assertThat(limit.isExpired()).isFalse();
      Thread.onSpinWait();
    }
  }
}
