package dev.spool.journal;

import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.CompactionReport;
import dev.spool.Durability;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.testkit.Gate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/** What the threads of a spool do to segments does not get into each other's way. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
class EndingSegmentsTest {
  private static final int LENGTH = 22_000;

  @TempDir Path directory;

  private final Gate gate = new Gate();
  private final AtomicBoolean armed = new AtomicBoolean();

  private JournalSpool open(HookedDisk.Hook hook) {
    return JournalSpool.builder(directory)
        .segmentSize(64 << 10)
        .errorUnlatchDuration(Duration.ZERO)
        .disk(HookedDisk.of(Disk.system(), hook))
        .open();
  }

  /** Holds the thread that reads for compactions, once, before it reads. */
  private void holdReader(String thread, String method, Path path) {
    if (thread.equals("background")
        && method.startsWith("read")
        && armed.compareAndSet(true, false)) {
      gate.pass();
    }
  }

  /** Stores messages, of which two fit into a segment. */
  private static List<SpoolId> store(JournalSpool spool, int count) {
    List<SpoolId> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SpoolId id = SpoolId.random();
      spool.store(id, message(i, LENGTH)).join();
      ids.add(id);
    }
    return ids;
  }

  private static void remove(JournalSpool spool, List<SpoolId> ids) {
    for (SpoolId id : ids) {
      spool.remove(id, Durability.SYNC, null).join();
    }
  }

  /** The files of all but the first ones that are emptied are closed, and deleted. */
  @Test
  void segmentThatVanishesBeforeItIsReadForACompactionIsNoFailure() throws IOException {
    try (JournalSpool spool = open(this::holdReader)) {
      List<SpoolId> ids = store(spool, 60);
      remove(spool, ids.subList(0, 40));
      awaitFiles(20);
      armed.set(true);
      gate.shut();
      CompletableFuture<CompactionReport> compaction = spool.compact();
      gate.awaitHeld();
      remove(spool, ids.subList(40, 60));
      awaitFiles(12);
      gate.open();
      compaction.join();
      assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.HEALTHY);
    }
  }

  /** Waits until there are at most so many segments. */
  private void awaitFiles(int most) throws IOException {
    while (count() > most) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private long count() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
      return files.filter(each -> each.toString().endsWith(".seg")).count();
    }
  }

  /** It may go on for hours. */
  @Test
  void whoWaitsForACompactionOfEverythingIsToldWhenTheSpoolCloses() {
    JournalSpool spool = open(this::holdReader);
    List<SpoolId> ids = store(spool, 6);
    armed.set(true);
    gate.shut();
    CompletableFuture<CompactionReport> compaction = spool.compact();
    gate.awaitHeld();
    CompletableFuture<Void> closed = spool.shutdown();
    assertThatThrownBy(compaction::join)
        .satisfies(
            e -> assertThat(SpoolException.unwrap(e)).isInstanceOf(SpoolClosedException.class));
    gate.open();
    closed.join();
    try (JournalSpool again = open((thread, method, path) -> {})) {
      assertThat(again.load(ids.get(5)).join()).isEqualTo(message(5, LENGTH));
    }
  }

  /**
   * A recovery reopens a journal that has broken, when no other thread changes its segments. If it
   * waited for them first, and found out then, it might break in between, when they have begun with
   * something else.
   */
  @Test
  void recoveryOfAJournalThatIsNotBrokenWaitsForNobody() {
    AtomicBoolean unreadable = new AtomicBoolean();
    gate.shut();
    try (JournalSpool spool =
        open(
            (thread, method, path) -> {
              if (thread.equals("maker") && method.startsWith("create")) {
                gate.pass();
              }
              if (method.startsWith("read")
                  && !thread.equals("background")
                  && unreadable.compareAndSet(true, false)) {
                throw new IOException("Input/output error");
              }
            })) {
      gate.awaitHeld();
      SpoolId id = store(spool, 1).get(0);
      long forgotten = spool.adviseLowMemory().join();
      assertThat(forgotten).isPositive();
      unreadable.set(true);
      assertThatThrownBy(() -> spool.load(id).join()).hasCauseInstanceOf(SpoolException.class);
      assertThat(spool.stats().value("latches.fatal").orElse(0)).isPositive();
      while (spool.health().state() != SpoolHealth.State.HEALTHY) {
        LockSupport.parkNanos(1_000_000);
      }
      gate.open();
      assertThat(spool.load(id).join()).isEqualTo(message(0, LENGTH));
      assertThat(spool.stats().value("reopened")).hasValue(0);
    }
  }
}
