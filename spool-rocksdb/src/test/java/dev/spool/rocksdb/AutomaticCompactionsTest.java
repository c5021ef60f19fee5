package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.testkit.MountedDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

/** RocksDB compacts by itself again, whatever has ended that it did not. */
class AutomaticCompactionsTest {
  private static final int ENOUGH_FOR_ONE = 6;

  private final AutomaticCompactions automatic = new AutomaticCompactions();
  private final Compactions compactions = new Compactions(ForkJoinPool.commonPool());
  @TempDir private Path dir;

  @Test
  void areOffUntilTheyAreResumed() throws RocksDBException {
    DbHandle handle = DbHandleTest.handle(dir);
    try (DbLease lease = lease(handle)) {
      automatic.stop(lease);
      makeTables(lease);
      assertThat(Levels.of(lease.db()).at(0)).hasSize(ENOUGH_FOR_ONE);
      automatic.resume();
      Spooled.await("a compaction", () -> Levels.of(lease.db()).at(0).isEmpty());
    }
    DatabaseOpening.discard(handle);
  }

  /** Also those of which RocksDB had begun to think. */
  @Test
  void goOnAfterTheyWereStoppedAgainAndAgain() throws RocksDBException {
    DbHandle handle = DbHandleTest.handle(dir);
    try (DbLease lease = lease(handle)) {
      for (int i = 0; i < 50; i++) {
        makeTables(lease);
        automatic.stop(lease);
        automatic.resume();
      }
      Spooled.await("compactions", () -> Levels.of(lease.db()).at(0).size() < ENOUGH_FOR_ONE);
    }
    DatabaseOpening.discard(handle);
  }

  @Test
  void areOnInADatabaseThatIsOpenedAfterTheEndOfOneInWhichTheyWereOff() throws RocksDBException {
    DbHandle first = DbHandleTest.handle(dir);
    try (DbLease lease = lease(first)) {
      automatic.stop(lease);
      makeTables(lease);
    }
    DatabaseOpening.discard(first);
    automatic.resume(); // nothing is left to resume them in
    DbHandle next = DbHandleTest.reopened(dir);
    try (DbLease lease = lease(next)) {
      Spooled.await("a compaction", () -> Levels.of(lease.db()).at(0).isEmpty());
    }
    DatabaseOpening.discard(next);
  }

  @Test
  void areSwitchedWhereThereIsNotAByteOfRoom() throws IOException, RocksDBException {
    try (MountedDisk disk = MountedDisk.tmpfs(dir, 32)) {
      DbHandle handle = DbHandleTest.handle(Files.createDirectory(disk.directory().resolve("db")));
      try (DbLease lease = lease(handle)) {
        var unused = disk.fill(0);
        automatic.stop(lease);
        assertThat(lease.db().getOptions().disableAutoCompactions()).isTrue();
        automatic.resume();
        assertThat(lease.db().getOptions().disableAutoCompactions()).isFalse();
      }
      DatabaseOpening.discard(handle);
    }
  }

  private void makeTables(DbLease lease) throws RocksDBException {
    for (byte i = 0; i < ENOUGH_FOR_ONE; i++) {
      lease.db().put(new byte[] {1}, new byte[] {i});
      lease.db().put(new byte[] {9}, new byte[] {i});
      compactions.flush(lease);
    }
  }

  private static DbLease lease(DbHandle handle) {
    return Objects.requireNonNull(handle.tryLease());
  }
}
