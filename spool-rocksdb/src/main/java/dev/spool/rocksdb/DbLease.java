package dev.spool.rocksdb;

import org.rocksdb.RocksDB;

/**
 * The right to use a {@link DbHandle} until it is closed, by one thread. To be held for one native
 * call, or a few.
 */
record DbLease(DbHandle handle) implements AutoCloseable {

  /** Returns the database, which must not be used once this is closed. */
  RocksDB db() {
    return handle.db();
  }

  @Override
  public void close() {
    handle.exit();
  }
}
