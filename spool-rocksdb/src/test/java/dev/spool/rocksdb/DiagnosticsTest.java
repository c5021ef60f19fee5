package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolId;
import dev.spool.rocksdb.RocksDiagnostics.Level;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the diagnostics say is so. */
class DiagnosticsTest {
  private static final int MESSAGE = 10_000;

  private final Random random = new Random(1);
  private final List<SpoolId> ids = new ArrayList<>();
  @TempDir private Path dir;

  @Test
  void levelsFilesLogAndMemoryAreThoseOfTheDatabase() throws Exception {
    try (RocksSpool spool = builder().writeBufferSize(1 << 20).open()) {
      store(spool, 20);
      RocksDiagnostics unflushed = Spooled.get(spool.diagnostics());
      assertThat(unflushed.writable()).isTrue();
      assertThat(unflushed.levels()).hasSize(7).allMatch(level -> level.files() == 0);
      assertThat(unflushed.files().live()).isZero();
      assertThat(unflushed.memory().unflushed()).isGreaterThan(20 * MESSAGE);
      assertThat(unflushed.memory().memtables())
          .isGreaterThanOrEqualTo(unflushed.memory().unflushed());
      assertThat(unflushed.memory().budget()).isEqualTo(8 << 20);
      assertThat(unflushed.wal().files()).isEqualTo(Databases.logs(db()).size());
      assertThat(unflushed.wal().bytes()).isGreaterThan(20 * MESSAGE);
      assertThat(unflushed.wal().lastSequence()).isEqualTo(20);
      assertThat(unflushed.background()).isEqualTo(RocksDiagnostics.Background.NONE);

      Spooled.get(spool.adviseLowMemory());
      RocksDiagnostics flushed = Spooled.get(spool.diagnostics());
      Path table = Databases.tables(db()).get(0);
      assertThat(flushed.levels().get(0)).isEqualTo(new Level(0, 1, Files.size(table)));
      assertThat(flushed.files().live()).isOne();
      assertThat(flushed.files().liveBytes()).isEqualTo(Files.size(table));
      assertThat(flushed.memory().unflushed()).isLessThan(MESSAGE);

      Spooled.get(spool.compact());
      RocksDiagnostics compacted = Spooled.get(spool.diagnostics());
      assertThat(compacted.levels().get(0).files()).isZero();
      assertThat(compacted.levels().get(6).files()).isOne();
      assertThat(compacted.takenAt()).isAfter(flushed.takenAt());
    }
  }

  /** Memtables are allocated in blocks of an eighth of one, and charged to the cache in pieces. */
  @Test
  void figuresOfMemoryFollowFromWhatWasStoredFlushedAndRead() {
    int memtable = 1 << 20;
    long bytes = 40L * MESSAGE;
    long block = memtable / 8;
    long piece = 256 << 10;
    try (RocksSpool spool = builder().writeBufferSize(memtable).open()) {
      store(spool, 40);
      RocksDiagnostics.Memory stored = Spooled.get(spool.diagnostics()).memory();
      assertThat(stored.unflushed()).isBetween(bytes, bytes + 40 * 200 + 2 * block);
      assertThat(stored.memtables()).isEqualTo(stored.unflushed());
      assertThat(stored.cache()).isBetween(stored.unflushed(), stored.unflushed() + 2 * piece);
      assertFiguresAre(stored, spool);

      Spooled.get(spool.adviseLowMemory());
      RocksDiagnostics flushed = awaitCacheBelow(2 * piece, spool);
      assertThat(flushed.compaction().flushesDue()).isZero();
      assertThat(flushed.memory().unflushed()).isLessThan(block);
      assertThat(flushed.memory().cache()).isLessThan(2 * piece);
      assertThat(flushed.memory().tableReaders()).isPositive().isLessThan(block);
      assertFiguresAre(flushed.memory(), spool);

      ids.forEach(id -> Spooled.get(spool.load(id)));
      RocksDiagnostics.Memory loaded = Spooled.get(spool.diagnostics()).memory();
      assertThat(loaded.cache()).isBetween(bytes, bytes + 40 * 5000 + 2 * piece);
      assertThat(loaded.cache()).isLessThanOrEqualTo(loaded.budget());
      assertThat(loaded.budget()).isEqualTo(8 << 20);
      assertThat(loaded.pinned()).isLessThan(2 * piece);
      assertFiguresAre(loaded, spool);
    }
  }

  /** What was flushed is freed when the last thread that may read it has looked again. */
  private static RocksDiagnostics awaitCacheBelow(long bytes, RocksSpool spool) {
    long begun = System.nanoTime();
    RocksDiagnostics now = Spooled.get(spool.diagnostics());
    while (now.memory().cache() >= bytes
        && System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(30)) {
      LockSupport.parkNanos(1_000_000);
      now = Spooled.get(spool.diagnostics());
    }
    return now;
  }

  private static void assertFiguresAre(RocksDiagnostics.Memory memory, RocksSpool spool) {
    assertThat(spool.stats().value("memtables")).hasValue(memory.unflushed());
    assertThat(spool.stats().value("memtables.total")).hasValue(memory.memtables());
    assertThat(spool.stats().value("tablereaders")).hasValue(memory.tableReaders());
    assertThat(spool.stats().value("blockcache")).hasValue(memory.cache());
    assertThat(spool.stats().value("blockcache.pinned")).hasValue(memory.pinned());
    assertThat(spool.stats().value("blockcache.capacity")).hasValue(memory.budget());
  }

  @Test
  void tablesThatNothingNeedsAreObsolete() throws Exception {
    try (RocksSpool spool = builder().open()) {
      store(spool, 5);
      Spooled.get(spool.compact());
      Files.write(db().resolve("999999.sst"), new byte[1234]);
      RocksDiagnostics.Files files = Spooled.get(spool.diagnostics()).files();
      assertThat(files.live()).isOne();
      assertThat(files.obsolete()).isOne();
      assertThat(files.obsoleteBytes()).isEqualTo(1234);
    }
  }

  @Test
  void readersBesideTheOwnerSeeTheSameTables() throws Exception {
    try (RocksSpool owner = builder().open()) {
      store(owner, 5);
      Spooled.get(owner.compact());
      try (RocksSpool reader = builder().readOnly(true).open()) {
        RocksDiagnostics seen = Spooled.get(reader.diagnostics());
        assertThat(seen.writable()).isFalse();
        assertThat(seen.levels()).isEqualTo(Spooled.get(owner.diagnostics()).levels());
      }
    }
  }

  @Test
  void writesStopWhenLevelZeroIsFullAndGoOnWhenItIsNot() throws Exception {
    HeldDatabase held = new HeldDatabase();
    try (RocksSpool spool = builder().level0StopWritesTrigger(5).writes(held).open()) {
      store(spool, 1);
      held.db().abortAllCompactions();
      List<CompletableFuture<Void>> stores = storeUntilStopped(spool, 5);
      RocksDiagnostics stopped = Spooled.get(spool.diagnostics());
      assertThat(stopped.writes().stopped()).isTrue();
      assertThat(stopped.writes().stops()).containsKey("l0-file-count-limit-stops");
      assertThat(stopped.levels().get(0).files()).isGreaterThanOrEqualTo(5);
      assertThat(stopped.compaction().due()).isTrue();
      assertThat(stopped.compaction().pendingBytes()).isPositive();
      assertThat(spool.stats().value("write.stopped")).hasValue(1);
      assertThat(spool.stats().value("level0.files").orElse(0)).isGreaterThanOrEqualTo(5);
      held.db().resumeAllCompactions();
      stores.forEach(Spooled::get);
    }
    reopened();
  }

  @Test
  void writesStopWhenNoMemtableIsFreeAndGoOnWhenOneIs() throws Exception {
    HeldDatabase held = new HeldDatabase();
    try (RocksSpool spool = builder().writes(held).open()) {
      store(spool, 1);
      held.db().pauseBackgroundWork();
      List<CompletableFuture<Void>> stores = storeUntilStopped(spool, 0);
      RocksDiagnostics stopped = Spooled.get(spool.diagnostics());
      assertThat(stopped.writes().stopped()).isTrue();
      assertThat(stopped.writes().stops()).containsKey("memtable-limit-stops");
      assertThat(stopped.compaction().flushesDue()).isPositive();
      held.db().continueBackgroundWork();
      stores.forEach(Spooled::get);
    }
    reopened();
  }

  /** No hand on the database: the settings alone see to it. */
  @Test
  void smallestSettingsStopWritesAtEachFlush() throws Exception {
    try (RocksSpool spool = builder().level0StopWritesTrigger(1).open()) {
      for (int flush = 1; flush <= 3; flush++) {
        store(spool, 1);
        Spooled.get(spool.adviseLowMemory());
        long stops =
            Spooled.get(spool.diagnostics())
                .writes()
                .stops()
                .getOrDefault("l0-file-count-limit-stops", 0L);
        assertThat(stops).isEqualTo(flush);
      }
    }
    reopened();
  }

  @Test
  void closedSpoolIsNotLookedInto() {
    RocksSpool spool = builder().open();
    spool.close();
    assertThat(Spooled.failure(spool.diagnostics())).isInstanceOf(SpoolClosedException.class);
  }

  private RocksSpool.Builder builder() {
    return RocksSpool.builder(dir.resolve("s"))
        .ballast(0)
        .cacheSize(8 << 20)
        .writeBufferSize(64 << 10)
        .minFreeSpace(SpaceThreshold.off())
        .minFreeInodes(SpaceThreshold.off())
        .cleanupInterval(Duration.ZERO);
  }

  private Path db() {
    return dir.resolve("s/db");
  }

  private void store(RocksSpool spool, int count) {
    for (int i = 0; i < count; i++) {
      Spooled.get(storeOne(spool));
    }
  }

  private CompletableFuture<Void> storeOne(RocksSpool spool) {
    byte[] data = new byte[MESSAGE];
    random.nextBytes(data);
    SpoolId id = SpoolId.random();
    ids.add(id);
    return spool.store(id, data, Durability.BUFFERED, null);
  }

  /**
   * Stores one after the other until RocksDB takes no writes any more, with that many tables in
   * level 0; returns the last stores, of which one at least waits.
   */
  private List<CompletableFuture<Void>> storeUntilStopped(RocksSpool spool, int tables) {
    while (true) {
      CompletableFuture<Void> store = storeOne(spool);
      Spooled.await(
          "it is stored, or RocksDB takes no writes",
          () -> store.isDone() || isStopped(spool, tables));
      if (isStopped(spool, tables)) {
        CompletableFuture<Void> another = storeOne(spool);
        Spooled.await("it was refused", () -> spool.stats().value("write.stalls").orElse(0) > 0);
        return List.of(store, another);
      }
    }
  }

  private static boolean isStopped(RocksSpool spool, int tables) {
    return spool.stats().value("write.stopped").orElse(0) == 1
        && spool.stats().value("level0.files").orElse(0) >= tables;
  }

  private void reopened() throws IOException {
    try (RocksSpool spool = builder().open()) {
      assertThat(Spooled.enumerate(spool)).containsOnlyKeys(ids);
    }
  }
}
