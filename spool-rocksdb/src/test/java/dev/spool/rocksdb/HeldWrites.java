package dev.spool.rocksdb;

import java.util.concurrent.CountDownLatch;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Holds each write back until it is told to go on. */
final class HeldWrites implements NativeWrites {
  final CountDownLatch begun = new CountDownLatch(1);
  final CountDownLatch goOn = new CountDownLatch(1);

  @Override
  public void write(RocksDB db, WriteOptions options, WriteBatch batch) throws RocksDBException {
    begun.countDown();
    try {
      goOn.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    DIRECT.write(db, options, batch);
  }

  @Override
  public void syncWal(RocksDB db) throws RocksDBException {
    DIRECT.syncWal(db);
  }
}
