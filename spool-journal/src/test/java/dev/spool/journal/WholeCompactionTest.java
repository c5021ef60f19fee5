package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.SpaceThreshold;
import dev.spool.testkit.Gate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/** A compaction of everything waits for what it has to do, and for nothing else. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class WholeCompactionTest {
  private static final int LENGTH = 10_000;

  @TempDir private Path directory;

  /** Where stores come one after the other there is always somebody about to make a segment. */
  @Test
  void doesNotWaitForSegmentsThatAreMadeForStores() {
    Gate making = new Gate();
    try (JournalSpool spool =
        open(
            (thread, method, path) -> {
              if (thread.equals("maker") && method.equals("createFilled")) {
                making.pass();
              }
            })) {
      await(() -> value(spool, "segments.free") + value(spool, "segments.prepared") >= 4);
      making.shut();
      List<SpoolId> stored = store(spool, 80);
      making.awaitHeld();
      removeHalf(spool, stored);
      var unused = spool.compact().join();
      assertThat(value(spool, "compactions")).isPositive();
      assertHalfIsThere(spool, stored);
      making.open();
    }
  }

  /** Nor for the compaction that goes on in the background for as long as stores come. */
  @Test
  void doesNotWaitForTheEndOfABurst() {
    try (JournalSpool spool = open((thread, method, path) -> {})) {
      List<SpoolId> stored = store(spool, 200);
      removeHalf(spool, stored);
      boolean[] done = new boolean[1];
      Thread stores =
          new Thread(
              () -> {
                while (!done[0]) {
                  removeHalf(spool, store(spool, 100));
                }
              });
      stores.start();
      var unused = spool.compact().join();
      done[0] = true;
      assertHalfIsThere(spool, stored);
      join(stores);
    }
  }

  /** The spool's health was told of what broke the journal: it is no failure of the next one. */
  @Test
  void whoWaitsWhileTheJournalIsOpenedAgainIsToldAndNobodyElse() throws IOException {
    Journal journal = new Journals().open().journal();
    try (BareSpool spool = BareSpool.open()) {
      BackgroundCompaction compaction =
          new BackgroundCompaction(spool.context(), new Rules(), job -> {}, () -> true);
      compaction.wantAll(journal);
      compaction.forget();
      assertThatThrownBy(() -> compaction.isDone(journal)).isInstanceOf(SpoolException.class);
    }
  }

  private JournalSpool open(HookedDisk.Hook hook) {
    return JournalSpool.builder(directory)
        .segmentSize(256 << 10)
        .minFreeSpace(SpaceThreshold.amount(0))
        .disk(HookedDisk.of(Disk.system(), hook))
        .open();
  }

  private static List<SpoolId> store(JournalSpool spool, int count) {
    List<SpoolId> stored = new ArrayList<>();
    List<CompletableFuture<Void>> calls = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SpoolId id = SpoolId.random();
      calls.add(spool.store(id, new byte[LENGTH], Durability.BUFFERED, null));
      stored.add(id);
    }
    calls.forEach(CompletableFuture::join);
    return stored;
  }

  private static void removeHalf(JournalSpool spool, List<SpoolId> stored) {
    for (int i = 0; i < stored.size(); i += 2) {
      spool.remove(stored.get(i)).join();
    }
  }

  private static void assertHalfIsThere(JournalSpool spool, List<SpoolId> stored) {
    for (int i = 1; i < stored.size(); i += 2) {
      assertThat(spool.load(stored.get(i)).join()).hasSize(LENGTH);
    }
  }

  private static long value(JournalSpool spool, String figure) {
    return spool.stats().value(figure).orElseThrow();
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static void join(Thread thread) {
    while (thread.isAlive()) {
      LockSupport.parkNanos(1_000_000);
    }
  }
}
