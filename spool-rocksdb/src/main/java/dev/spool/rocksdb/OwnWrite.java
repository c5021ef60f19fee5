package dev.spool.rocksdb;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * What the spool itself has to write, synced: never thrown away, and answered by a future.
 *
 * @param content what it is
 * @param done completed when it is synced; fails with a {@link dev.spool.SpoolException}
 */
record OwnWrite(Content content, CompletableFuture<@Nullable Void> done) {

  /** What is to be written. */
  interface Content {
    /**
     * Adds it, on the committer's thread, under the lease of the write: what is read here stays
     * true until the batch is written.
     */
    void addTo(WriteBatch batch, DbLease lease) throws RocksDBException;
  }
}
