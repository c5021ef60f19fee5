package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.PerfContext;
import org.rocksdb.PerfLevel;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** What was removed gives its room back without being asked for, and keeps no scan busy. */
class ReclaimingTest {
  private static final int MANY = 60_000;
  private static final int SIZE = 200;
  private static final int LEFT = 10;
  private static final int BATCH = 1_000;

  @TempDir private Path dir;

  @Test
  void drainedSpoolGivesItsRoomBackAndScansReadPastNothing() throws Exception {
    try (RocksSpool spool = open()) {
      List<SpoolId> ids = fill(spool);
      var unused = Spooled.get(spool.compact());
      assertThat(tableBytes(spool)).isGreaterThan((long) MANY * SIZE);
      remove(spool, ids.subList(0, MANY - LEFT));
      Spooled.await("the room is given back", () -> tableBytes(spool) < (long) MANY * SIZE / 10);
      assertThat(Spooled.enumerate(spool).keySet())
          .containsExactlyInAnyOrderElementsOf(ids.subList(MANY - LEFT, MANY));
      assertThat(removalsPassed()).isLessThan(MANY / 10);
    }
  }

  /** They would be moved down as they are, and each scan would read past them for ever. */
  @Test
  void removalsThatFindNothingToRemoveLeaveNoTable() {
    try (RocksSpool spool = open()) {
      List<SpoolId> ids = fill(spool);
      remove(spool, ids);
      Spooled.await(
          "it is flushed",
          () -> Spooled.get(spool.diagnostics()).memory().unflushed() < (long) MANY * SIZE / 10);
      Spooled.await("no table is left", () -> tableBytes(spool) == 0);
    }
  }

  @Test
  void isDueWhenAsMuchWasRemovedAsIsLeft() {
    Reclaiming.Due due = new Reclaiming.Due();
    long many = Reclaiming.Due.MANY;
    assertThat(due.is(many, many + 1, false, 0)).isFalse();
    assertThat(due.is(many, many, false, 1)).isTrue();
    assertThat(due.is(many - 1, 0, false, 2)).isFalse(); // few: not at once
    assertThat(due.is(0, 0, false, 3)).isFalse();
  }

  @Test
  void fewAreDueAfterAMinute() {
    Reclaiming.Due due = new Reclaiming.Due();
    long minute = Reclaiming.Due.LONG.toNanos();
    assertThat(due.is(1, 0, false, minute)).isFalse();
    assertThat(due.is(1, 2, false, 2 * minute)).isFalse(); // the time begins anew
    assertThat(due.is(2, 2, false, 3 * minute)).isFalse();
    assertThat(due.is(3, 2, false, 4 * minute - 1)).isFalse();
    assertThat(due.is(3, 2, false, 4 * minute)).isTrue();
    assertThat(due.is(1, 0, false, 4 * minute + 1)).isFalse();
  }

  @Test
  void oneInTwentyIsDueWhileRoomIsWantedAndAnyAfterTenSeconds() {
    Reclaiming.Due due = new Reclaiming.Due();
    long start = System.nanoTime();
    long pause = Reclaiming.Due.SHORT_EVERY.toNanos();
    assertThat(due.is(0, 0, true, start)).isFalse();
    assertThat(due.is(5, 100, true, start)).isTrue();
    assertThat(due.is(4, 100, true, start + pause - 1)).isFalse();
    assertThat(due.is(1, 100, true, start + pause)).isTrue();
  }

  private static List<SpoolId> fill(RocksSpool spool) {
    List<SpoolId> ids = new ArrayList<>();
    List<CompletableFuture<Void>> stores = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      SpoolId id = SpoolId.random();
      ids.add(id);
      stores.add(spool.store(id, new byte[SIZE], Durability.BUFFERED, null));
      if (stores.size() == BATCH) {
        stores.forEach(Spooled::get);
        stores.clear();
      }
    }
    stores.forEach(Spooled::get);
    return ids;
  }

  private static void remove(RocksSpool spool, List<SpoolId> ids) {
    List<CompletableFuture<Void>> removals = new ArrayList<>();
    for (SpoolId id : ids) {
      removals.add(spool.remove(id));
      if (removals.size() == BATCH) {
        removals.forEach(Spooled::get);
        removals.clear();
      }
    }
    removals.forEach(Spooled::get);
  }

  private static long tableBytes(RocksSpool spool) {
    return Spooled.get(spool.diagnostics()).files().liveBytes();
  }

  /** Returns how many removals are read past up to the first message. */
  private long removalsPassed() throws RocksDBException {
    try (Options options = new Options();
        RocksDB db = RocksDB.openReadOnly(options, dir.resolve("s/db").toString());
        RocksIterator entries = db.newIterator()) {
      db.setPerfLevel(PerfLevel.ENABLE_COUNT);
      PerfContext context = db.getPerfContext();
      context.reset();
      entries.seekToFirst();
      assertThat(entries.isValid()).isTrue();
      return context.getInternalDeleteSkippedCount();
    }
  }

  private RocksSpool open() {
    return RocksSpool.builder(dir.resolve("s"))
        .ballast(0)
        .minFreeSpace(SpaceThreshold.off())
        .open();
  }
}
