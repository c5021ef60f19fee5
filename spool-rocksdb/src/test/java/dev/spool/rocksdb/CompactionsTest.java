package dev.spool.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.spool.support.FailureClass;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RateLimiter;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.Status.Code;
import org.rocksdb.Status.SubCode;

/** Whoever waits for a lease does not wait for a compaction that began too late to be told. */
class CompactionsTest {
  private static final byte[] FIRST = {1};
  private static final byte[] LAST = {9};

  @TempDir private Path dir;

  @Test
  void noneBeginsInADatabaseThatIsToBeOpenedAgain() throws RocksDBException {
    Compactions compactions = new Compactions(ForkJoinPool.commonPool());
    DbHandle handle = DbHandleTest.handle(dir);
    try (DbLease lease = lease(handle)) {
      compactions.flush(lease);
      handle.retire();
      compactions.cancel();
      assertGivenUp(compactions, lease);
    }
    DatabaseOpening.discard(handle);
  }

  @Test
  void noneBeginsAfterTheEnd() throws RocksDBException {
    Compactions compactions = new Compactions(ForkJoinPool.commonPool());
    DbHandle handle = DbHandleTest.handle(dir);
    try (DbLease lease = lease(handle)) {
      compactions.compact(lease);
      compactions.end();
      assertGivenUp(compactions, lease);
      RocksDBException failure =
          catchThrowableOfType(
              RocksDBException.class,
              () -> compactions.compactTables(lease, List.of("/000001.sst"), 5, 1 << 20));
      assertThat(failure).hasMessageContaining("is being closed");
    }
    DatabaseOpening.discard(handle);
  }

  /** What it looks like was seen on a full disk. */
  @Test
  void oneForWhichThereIsNoRoomIsWantOfRoom() {
    Status unknown = new Status(Code.Undefined, SubCode.None, "");
    RocksDBException failure = Compactions.orNoRoom(new RocksDBException("Undefined", unknown));
    assertThat(RocksFailures.classOf(failure)).isEqualTo(FailureClass.SPACE);
    assertThat(RocksFailures.isNoSpace(failure)).isTrue();
    Status damage = new Status(Code.Corruption, SubCode.None, "damage");
    RocksDBException other = new RocksDBException("damage", damage);
    assertThat(Compactions.orNoRoom(other)).isSameAs(other);
  }

  @Test
  void whatLiesBesideNoRemovalIsNotRewritten() throws RocksDBException {
    Compactions compactions = new Compactions(ForkJoinPool.commonPool());
    DbHandle handle = DbHandleTest.handle(dir);
    try (DbLease lease = lease(handle)) {
      lease.db().put(FIRST, new byte[100]);
      compactions.flush(lease);
      compactions.compact(lease);
      List<String> first = tables(lease);
      lease.db().put(LAST, new byte[100]);
      compactions.flush(lease);
      lease.db().delete(LAST);
      compactions.flush(lease);
      assertThat(tables(lease)).hasSize(3);
      compactions.compactBeside(lease, LAST, LAST);
      assertThat(tables(lease)).isEqualTo(first);
    }
    DatabaseOpening.discard(handle);
  }

  /** RocksDB would move it down as it is, and never look at it again. */
  @Test
  void tableOfNothingButRemovalsVanishes() throws RocksDBException {
    Compactions compactions = new Compactions(ForkJoinPool.commonPool());
    DbHandle handle = DbHandleTest.handle(dir);
    try (DbLease lease = lease(handle)) {
      lease.db().put(FIRST, new byte[100]);
      lease.db().delete(FIRST);
      compactions.flush(lease);
      assertThat(tables(lease)).hasSize(1);
      compactions.compactBeside(lease, FIRST, FIRST);
      assertThat(tables(lease)).isEmpty();
    }
    DatabaseOpening.discard(handle);
  }

  /** Or what is older would hide what is newer. */
  @Test
  void olderTablesGoWithATableThatGoesDown() throws RocksDBException {
    Compactions compactions = new Compactions(ForkJoinPool.commonPool());
    DbHandle handle = DbHandleTest.handle(dir);
    try (DbLease lease = lease(handle)) {
      new AutomaticCompactions().stop(lease);
      for (byte i = 0; i < 3; i++) {
        lease.db().put(FIRST, new byte[] {i});
        compactions.flush(lease);
      }
      Levels levels = Levels.of(lease.db());
      String middle = levels.at(0).get(1).name();
      compactions.compactTables(lease, List.of(middle), 5, 1 << 20);
      levels = Levels.of(lease.db());
      assertThat(levels.at(0)).hasSize(1);
      assertThat(levels.at(5)).hasSize(1);
      assertThat(lease.db().get(FIRST)).containsExactly(2);
      String newest = levels.at(0).get(0).name();
      compactions.compactTables(lease, List.of(newest), levels.last(), 1 << 20);
      assertThat(Levels.of(lease.db()).sizeAbove(levels.last())).isZero();
      assertThat(lease.db().get(FIRST)).containsExactly(2);
    }
    DatabaseOpening.discard(handle);
  }

  /** Whoever has removed it meanwhile: that is no failure of the database. */
  @Test
  void tableThatIsNotThereAnyMoreIsLikeACompactionThatWasCancelled() throws RocksDBException {
    Compactions compactions = new Compactions(ForkJoinPool.commonPool());
    DbHandle handle = DbHandleTest.handle(dir);
    try (DbLease lease = lease(handle)) {
      RocksDBException failure =
          catchThrowableOfType(
              RocksDBException.class,
              () -> compactions.compactTables(lease, List.of("/000999.sst"), 5, 1 << 20));
      assertThat(RocksFailures.isCancelled(failure)).isTrue();
    }
    DatabaseOpening.discard(handle);
  }

  /** Else it would take half a minute, and whoever opens the database again waits for it. */
  @Test
  void oneOfTablesGivesUpWhenItIsTold() throws RocksDBException {
    Compactions compactions = new Compactions(work -> new Thread(work, "giving-up").start());
    DbHandle handle = slowToCompact(3_000);
    try (DbLease lease = lease(handle)) {
      CompletableFuture<List<String>> compaction = compactAll(compactions, lease);
      Spooled.await("it runs", compactions::isRunning);
      compactions.cancel();
      assertThat(compaction)
          .failsWithin(Duration.ofSeconds(60))
          .withThrowableOfType(ExecutionException.class)
          .havingCause()
          .isInstanceOfSatisfying(
              RocksDBException.class, e -> assertThat(RocksFailures.isCancelled(e)).isTrue());
      assertThat(Levels.of(lease.db()).at(0)).as("as it was").hasSize(1);
    }
    DatabaseOpening.discard(handle);
  }

  /** Where no thread can be started, what would tell it holds the database open no longer. */
  @Test
  void oneOfTablesThatCannotBeToldEndsAndKeepsNothing() throws RocksDBException {
    Compactions compactions =
        new Compactions(
            work -> {
              throw new OutOfMemoryError("unable to create native thread");
            });
    DbHandle handle = slowToCompact(300);
    try (DbLease lease = lease(handle)) {
      CompletableFuture<List<String>> compaction = compactAll(compactions, lease);
      Spooled.await("it runs", compactions::isRunning);
      compactions.cancel();
      assertThat(compaction).succeedsWithin(Duration.ofSeconds(60));
    }
    handle.refuse();
    assertThat(handle.awaitDrained(Duration.ofSeconds(10))).as("no lease is left").isTrue();
    DatabaseOpening.discard(handle);
  }

  private static CompletableFuture<List<String>> compactAll(
      Compactions compactions, DbLease lease) {
    String table = Levels.of(lease.db()).at(0).get(0).name();
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return compactions.compactTables(lease, List.of(table), 5, 1 << 20);
          } catch (RocksDBException e) {
            throw new CompletionException(e);
          }
        });
  }

  /** A database of one table with so many KB, at half a MB a second. */
  private DbHandle slowToCompact(int kilobytes) throws RocksDBException {
    DbHandle writer = DbHandleTest.handle(dir);
    Compactions compactions = new Compactions(ForkJoinPool.commonPool());
    try (DbLease lease = lease(writer)) {
      for (int i = 0; i < kilobytes; i++) {
        lease.db().put(Integer.toString(i).getBytes(UTF_8), new byte[1_000]);
      }
      compactions.flush(lease);
    }
    DatabaseOpening.discard(writer);
    RocksOptions options = DbHandleTest.options();
    try (RateLimiter slow = new RateLimiter(500_000)) {
      options.options().setRateLimiter(slow);
    }
    return DbHandle.open(dir, options);
  }

  private static List<String> tables(DbLease lease) {
    return lease.db().getLiveFilesMetaData().stream().map(DatabaseFiles::name).toList();
  }

  private static DbLease lease(DbHandle handle) {
    return Objects.requireNonNull(handle.tryLease());
  }

  private static void assertGivenUp(Compactions compactions, DbLease lease) {
    RocksDBException failure =
        catchThrowableOfType(RocksDBException.class, () -> compactions.compact(lease));
    assertThat(RocksFailures.isCancelled(failure)).isTrue();
    assertThat(compactions.isRunning()).isFalse();
  }
}
