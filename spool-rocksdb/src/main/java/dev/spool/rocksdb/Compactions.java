package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;

/**
 * Flushes and compacts, and can be told to give up: a compaction may take hours, and whoever opens
 * the database again waits for its lease. Safe for use by any thread.
 */
final class Compactions {
  @GuardedBy("this")
  private final Set<CompactRangeOptions> running = new HashSet<>();

  /** Writes the memtables to files, and waits for that. */
  void flush(DbLease lease) throws RocksDBException {
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true)) {
      lease.db().flush(options);
    }
  }

  /**
   * Rewrites all files that hold keys of a range, and drops what was removed.
   *
   * @param from the first key; null for the start
   * @param to the last key; null for the end
   */
  void compact(DbLease lease, byte @Nullable [] from, byte @Nullable [] to)
      throws RocksDBException {
    run(lease, from, to, BottommostLevelCompaction.kForce);
  }

  /** Drops what was removed, and rewrites only the files that lie above or beside a removal. */
  void compactDown(DbLease lease) throws RocksDBException {
    run(lease, null, null, BottommostLevelCompaction.kSkip);
  }

  private void run(
      DbLease lease,
      byte @Nullable [] from,
      byte @Nullable [] to,
      BottommostLevelCompaction bottommost)
      throws RocksDBException {
    CompactRangeOptions options =
        new CompactRangeOptions()
            .setBottommostLevelCompaction(bottommost)
            .setExclusiveManualCompaction(false)
            .setAllowWriteStall(true)
            .setCanceled(false);
    synchronized (this) {
      running.add(options);
    }
    try {
      lease.db().compactRange(lease.db().getDefaultColumnFamily(), from, to, options);
    } finally {
      synchronized (this) {
        running.remove(options);
      }
      options.close();
    }
  }

  /** Tells whether one is under way. */
  synchronized boolean isRunning() {
    return !running.isEmpty();
  }

  /** Makes those that are under way give up, soon: they fail. */
  synchronized void cancel() {
    running.forEach(options -> options.setCanceled(true));
  }
}
