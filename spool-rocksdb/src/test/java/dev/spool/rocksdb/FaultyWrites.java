package dev.spool.rocksdb;

import java.util.concurrent.atomic.AtomicInteger;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.Status.Code;
import org.rocksdb.Status.SubCode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Fails writes and syncs when told to: what RocksDB would report, without having done anything. */
final class FaultyWrites implements NativeWrites {
  static final Status DEVICE =
      new Status(Code.IOError, SubCode.None, "While appending to file: x: Input/output error");
  static final Status FULL =
      new Status(
          Code.IOError, SubCode.NoSpace, "While appending to file: x: No space left on device");
  static final Status STALL = new Status(Code.Incomplete, SubCode.None, "Write stall");

  private final AtomicInteger writesToFail = new AtomicInteger();
  private final AtomicInteger syncsToFail = new AtomicInteger();
  final AtomicInteger writesFailed = new AtomicInteger();
  private volatile Status status = DEVICE;

  void failWrites(int count, Status reported) {
    status = reported;
    writesToFail.set(count);
  }

  void failSyncs(int count, Status reported) {
    status = reported;
    syncsToFail.set(count);
  }

  @Override
  public void write(RocksDB db, WriteOptions options, WriteBatch batch) throws RocksDBException {
    if (takeOne(writesToFail)) {
      writesFailed.incrementAndGet();
      throw new RocksDBException(status.getState(), status);
    }
    DIRECT.write(db, options, batch);
  }

  @Override
  public void syncWal(RocksDB db) throws RocksDBException {
    if (takeOne(syncsToFail)) {
      throw new RocksDBException(status.getState(), status);
    }
    DIRECT.syncWal(db);
  }

  private static boolean takeOne(AtomicInteger left) {
    return left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }
}
