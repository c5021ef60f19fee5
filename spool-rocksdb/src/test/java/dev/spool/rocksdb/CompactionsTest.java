package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.spool.support.FailureClass;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
    Compactions compactions = new Compactions();
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
    Compactions compactions = new Compactions();
    DbHandle handle = DbHandleTest.handle(dir);
    try (DbLease lease = lease(handle)) {
      compactions.compact(lease);
      compactions.end();
      assertGivenUp(compactions, lease);
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
    Compactions compactions = new Compactions();
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
    Compactions compactions = new Compactions();
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
