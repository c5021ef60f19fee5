package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskSpace;
import dev.spool.testkit.FaultyDisk;
import dev.spool.testkit.FaultyDisk.Operation;
import java.io.IOException;
import java.lang.StackWalker.StackFrame;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a spool does when the disk beneath it fails. */
class FailuresTest {
  private final FaultyDisk disk = new FaultyDisk(Disk.system());

  /** Four segments are made ahead; two copies of the roster are written for each. */
  private static final int LAST_LISTING = 7;

  @TempDir Path directory;

  private JournalSpool open() {
    return JournalSpool.builder(directory)
        .segmentSize(256 << 10)
        .errorUnlatchDuration(Duration.ZERO)
        .disk(disk)
        .open();
  }

  @Test
  void failedSyncIsUnknownAndTheSpoolComesBackByItself() {
    SpoolId first = SpoolId.random();
    SpoolId second = SpoolId.random();
    SpoolId failing = SpoolId.random();
    try (JournalSpool spool = open()) {
      spool.store(first, new byte[] {1}).join();
      spool.store(second, new byte[] {2}, Durability.BUFFERED, null).join();
      disk.failNext(
          Operation.FORCE,
          path -> Thread.currentThread().getName().endsWith("-committer"),
          new IOException("Input/output error"));
      CompletableFuture<Void> store = spool.store(failing, new byte[] {3});
      assertThatThrownBy(store::join)
          .isInstanceOf(CompletionException.class)
          .satisfies(
              e -> assertThat(SpoolException.unwrap(e).outcome()).isEqualTo(Outcome.UNKNOWN));
      awaitHealthy(spool);
      spool.store(SpoolId.random(), new byte[] {4}).join();
      assertThat(spool.load(first).join()).containsExactly(1);
      assertThat(spool.load(second).join()).containsExactly(2);
      assertThat(spool.stats().value("reopened")).hasValue(1);
    }
    try (JournalSpool spool = open()) {
      assertThat(spool.load(first).join()).containsExactly(1);
      assertThat(spool.load(second).join()).containsExactly(2);
    }
  }

  /** The latch stays, as there is no room; removals, which make some, do not wait for it. */
  @Test
  void removalsGoOnWhereAWriteHasFoundNoRoom() {
    SpoolId id = SpoolId.random();
    try (JournalSpool spool = open()) {
      spool.store(id, new byte[] {1}).join();
      disk.space(new DiskSpace(1L << 40, 0, 0, 0));
      disk.failNext(
          Operation.WRITE,
          path -> Thread.currentThread().getName().endsWith("-committer"),
          new IOException("No space left on device"));
      assertThatThrownBy(spool.store(SpoolId.random(), new byte[] {2})::join)
          .isInstanceOf(CompletionException.class);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      boolean removed = false;
      while (!removed) {
        assertThat(System.nanoTime()).as("%s", spool.health()).isLessThan(end);
        removed = spool.remove(id).handle((done, failure) -> failure == null).join();
      }
      assertThat(spool.unhealthyReason()).isNotNull();
    }
  }

  /** It closes the file that is being written, and would close those of each reopening. */
  @Test
  void interruptOfTheCommitterWhileItWritesIsOverWithTheReopening() {
    AtomicBoolean interrupts = new AtomicBoolean();
    Disk hooked =
        HookedDisk.of(
            Disk.system(),
            (thread, method, path) -> {
              if (thread.equals("committer")
                  && method.equals("write")
                  && interrupts.compareAndSet(true, false)) {
                Thread.currentThread().interrupt();
              }
            });
    try (JournalSpool spool =
        JournalSpool.builder(directory)
            .segmentSize(256 << 10)
            .errorUnlatchDuration(Duration.ZERO)
            .disk(hooked)
            .open()) {
      interrupts.set(true);
      assertThatThrownBy(spool.store(SpoolId.random(), new byte[] {1})::join)
          .isInstanceOf(CompletionException.class);
      awaitHealthy(spool);
      spool.store(SpoolId.random(), new byte[] {2}).join();
    }
  }

  @Test
  void interruptOfTheCommitterWhileItSleepsIsForgotten() {
    try (JournalSpool spool = open()) {
      spool.store(SpoolId.random(), new byte[] {1}).join();
      Thread committer =
          Thread.getAllStackTraces().keySet().stream()
              .filter(each -> each.getName().contains(directory.getFileName() + "-committer"))
              .findFirst()
              .orElseThrow();
      committer.interrupt();
      spool.store(SpoolId.random(), new byte[] {2}).join();
      assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.HEALTHY);
    }
  }

  @Test
  void failedSyncOfAFullSegmentIsNoticedThoughNobodyWaitsForIt() {
    disk.failNext(
        Operation.FORCE,
        path -> Thread.currentThread().getName().endsWith("-background"),
        new IOException("Input/output error"));
    List<SpoolId> stored = new ArrayList<>();
    try (JournalSpool spool = open()) {
      SpoolId first = SpoolId.random();
      spool.store(first, new byte[] {1}).join();
      while (spool.stats().value("reopened").orElse(0) == 0) {
        SpoolId id = SpoolId.random();
        try {
          spool.store(id, new byte[10_000], Durability.BUFFERED, null).join();
          stored.add(id);
        } catch (CompletionException e) {
          assertThat(SpoolException.unwrap(e)).isInstanceOf(SpoolException.class); // it sheds
        }
      }
      awaitHealthy(spool);
      assertThat(spool.load(first).join()).containsExactly(1);
      for (SpoolId id : stored) {
        assertThat(spool.load(id).join()).hasSize(10_000);
      }
    }
  }

  /**
   * A second time, when the journal was opened again, it would be taken for another failure: stores
   * would be refused again. Whoever tells of a failure looks at what it says.
   */
  @ParameterizedTest
  @EnumSource(Asked.class)
  void failedSyncThatATaskHasAskedForIsToldOnceByTheCommitter(Asked asked) {
    Set<String> tellers = ConcurrentHashMap.newKeySet();
    IOException failure =
        new IOException() {
          private static final long serialVersionUID = 1;

          @Override
          public String getMessage() {
            if (StackWalker.getInstance().walk(frames -> frames.anyMatch(FailuresTest::tells))) {
              tellers.add(Thread.currentThread().getName());
            }
            return "Input/output error";
          }
        };
    try (JournalSpool spool = open()) {
      spool.store(SpoolId.random(), new byte[] {1}, Durability.BUFFERED, null).join();
      disk.failNext(
          Operation.FORCE,
          path -> Thread.currentThread().getName().endsWith("-committer"),
          failure);
      CompletableFuture<?> task = asked.of(spool);
      assertThatThrownBy(task::join).isInstanceOf(CompletionException.class);
      assertThat(tellers).singleElement().asString().endsWith("-committer");
      SpoolException told = SpoolException.unwrap(task.handle((done, thrown) -> thrown).join());
      assertThat(told.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(told.getCause()).as("what the health was told").isSameAs(failure);
      awaitHealthy(spool);
    }
  }

  private static boolean tells(StackFrame frame) {
    return frame.getClassName().equals(Faults.class.getName());
  }

  /** What syncs, asked for by somebody. */
  enum Asked {
    ADVICE {
      @Override
      CompletableFuture<?> of(JournalSpool spool) {
        return spool.adviseLowMemory();
      }
    },
    COMPACTION {
      @Override
      CompletableFuture<?> of(JournalSpool spool) {
        return spool.compact();
      }
    };

    abstract CompletableFuture<?> of(JournalSpool spool);
  }

  /**
   * A failed sync is final for its file, whoever has asked for it: when a segment is made ready,
   * when the list of them is written, and when one that is full is sealed.
   */
  @ParameterizedTest
  @ValueSource(strings = {"janitor", "maker", "background"})
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  void failedSyncOfHousekeepingLastsUntilRestartIfAsked(String thread) {
    disk.failNext(
        Operation.FORCE,
        path ->
            Thread.currentThread().getName().endsWith("-" + thread)
                && (!thread.equals("maker")
                    || path.getFileName().toString().startsWith(Roster.FILE)),
        new IOException("Input/output error"));
    JournalSpool spool =
        JournalSpool.builder(directory)
            .segmentSize(256 << 10)
            .errorUnlatchDuration(Duration.ZERO)
            .reopenAfterSyncFailure(false)
            .disk(disk)
            .open();
    while (spool.unhealthyReason() == null) {
      // A full segment, which the committer seals where none is ready; then it is the next one.
      if (thread.equals("background") && spool.stats().value("segments.prepared").orElse(0) > 1) {
        var unused = spool.store(SpoolId.random(), new byte[10_000], Durability.BUFFERED, null);
      }
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(spool.health().reason()).startsWith("fatal until restart: ");
    assertThatThrownBy(spool::close).as("it is broken").isInstanceOf(SpoolException.class);
  }

  /**
   * Nobody waits for what is made ahead; and there may never be another call that fails: so it is
   * the last one that does.
   */
  @ParameterizedTest
  @EnumSource(names = {"WRITE", "FORCE"})
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  void rosterThatCannotBeWrittenForWantOfRoomIsOpenedAgain(Operation operation) {
    AtomicInteger calls = new AtomicInteger();
    disk.failNext(
        operation,
        path ->
            path.getFileName().toString().startsWith(Roster.FILE)
                && Thread.currentThread().getName().endsWith("-maker")
                && calls.incrementAndGet() == LAST_LISTING,
        new IOException("No space left on device"));
    try (JournalSpool spool = open()) {
      while (spool.stats().value("reopened").orElse(0) == 0) {
        LockSupport.parkNanos(1_000_000);
      }
      awaitHealthy(spool);
      spool.store(SpoolId.random(), new byte[] {1}).join();
      if (operation == Operation.FORCE) { // which is final, whatever it failed for
        assertThat(spool.stats().value("latches.fatal").orElse(0)).isPositive();
      }
    }
  }

  /**
   * That there are no descriptors passes by itself, but a journal that is broken by it does not.
   */
  @Test
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  void rosterThatCannotBeWrittenForWantOfDescriptorsIsOpenedAgain() {
    AtomicInteger calls = new AtomicInteger();
    disk.failNext(
        Operation.WRITE,
        path ->
            path.getFileName().toString().startsWith(Roster.FILE)
                && Thread.currentThread().getName().endsWith("-maker")
                && calls.incrementAndGet() == LAST_LISTING,
        new IOException("Too many open files"));
    try (JournalSpool spool = open()) {
      while (spool.stats().value("reopened").orElse(0) == 0) {
        LockSupport.parkNanos(1_000_000);
      }
      awaitHealthy(spool);
      spool.store(SpoolId.random(), new byte[] {1}).join();
    }
  }

  private static void awaitHealthy(JournalSpool spool) {
    while (spool.health().state() != SpoolHealth.State.HEALTHY) {
      LockSupport.parkNanos(1_000_000);
    }
  }
}
