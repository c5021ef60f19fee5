package dev.spool.rocksdb;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Gets hold of the database that is written to, to slow its background work down. */
final class HeldDatabase implements NativeWrites {
  private volatile @Nullable RocksDB db;

  /** Returns the database that was written to last. */
  RocksDB db() {
    return Objects.requireNonNull(db, "nothing was written yet");
  }

  @Override
  public void write(RocksDB to, WriteOptions options, WriteBatch batch) throws RocksDBException {
    db = to;
    DIRECT.write(to, options, batch);
  }

  @Override
  public void syncWal(RocksDB of) throws RocksDBException {
    DIRECT.syncWal(of);
  }
}
