package dev.spool.rocksdb;

import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** The two calls by which the spool changes a database. Tests put failures and delays here. */
interface NativeWrites {
  /** RocksDB's own. */
  NativeWrites DIRECT =
      new NativeWrites() {
        @Override
        public void write(RocksDB db, WriteOptions options, WriteBatch batch)
            throws RocksDBException {
          db.write(options, batch);
        }

        @Override
        public void syncWal(RocksDB db) throws RocksDBException {
          db.syncWal();
        }
      };

  /** Appends the batch to the log, and applies it. */
  void write(RocksDB db, WriteOptions options, WriteBatch batch) throws RocksDBException;

  /** Brings the log onto stable storage. */
  void syncWal(RocksDB db) throws RocksDBException;
}
