package dev.spool.rocksdb;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDBException;

/**
 * After a want of room: frees what removals have made free, table by table, so that little room is
 * needed for it. Belongs to the upkeep.
 */
final class Reclaiming {
  private final DbSlot slot;
  private final Compactions compactions;
  private final WriteFailures failures;
  private final LongSupplier removals;

  /** How many removals there had been when it was done last. */
  private long seen;

  /**
   * @param removals tells how many removals were carried out
   */
  Reclaiming(DbSlot slot, Compactions compactions, WriteFailures failures, LongSupplier removals) {
    this.slot = slot;
    this.compactions = compactions;
    this.failures = failures;
    this.removals = removals;
  }

  /**
   * Does it, unless nothing was removed since the last time.
   *
   * @param stop asked before each table; true ends it
   */
  void run(BooleanSupplier stop) {
    long now = removals.getAsLong();
    if (now == seen) {
      return;
    }
    seen = now;
    DbLease first = slot.requireWritable();
    DbHandle handle = first.handle();
    RocksDBException failure = null;
    try {
      List<LiveFileMetaData> files;
      try (first) {
        compactions.flush(first);
        files = first.db().getLiveFilesMetaData();
      }
      for (LiveFileMetaData file : files) {
        if (stop.getAsBoolean()) {
          return;
        }
        try (DbLease lease = slot.requireWritable()) {
          handle = lease.handle();
          compactions.compact(lease, file.smallestKey(), file.largestKey());
        }
      }
    } catch (RocksDBException e) {
      failure = e;
    }
    if (failure != null) {
      failures.compactionFailed("freeing room", handle, failure);
    }
  }
}
