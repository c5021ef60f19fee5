package dev.spool.rocksdb;

import dev.spool.support.EngineContext;
import java.time.Duration;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;

/**
 * Writes removals to a table when there are many of them in the memtables, or some for long. As
 * long as they are there only, they free nothing: what they have removed lies in the tables, and
 * each scan reads past it. A table that is mostly removals is compacted at once ({@link
 * RocksOptions}). Belongs to the upkeep.
 */
final class RemovalFlush {
  private final Due due = new Due();
  private final EngineContext context;
  private final DbSlot slot;
  private final WriteFailures failures;

  RemovalFlush(EngineContext context, DbSlot slot, WriteFailures failures) {
    this.context = context;
    this.slot = slot;
    this.failures = failures;
  }

  /** Begins it if it is due, and does not wait for it. While something is wrong it is not. */
  void run() {
    DbHandle handle = slot.current();
    if (handle == null || !handle.isWritable() || context.health().unhealthyReason() != null) {
      return;
    }
    DbLease lease = handle.tryLease();
    if (lease == null) {
      return;
    }
    RocksDBException failure = null;
    try (lease;
        FlushOptions options = new FlushOptions().setWaitForFlush(false).setAllowWriteStall(true)) {
      if (isDue(lease)) {
        lease.db().flush(options);
      }
    } catch (RocksDBException e) {
      failure = e;
    }
    if (failure != null) {
      failures.compactionFailed("flushing removals", handle, failure);
    }
  }

  private boolean isDue(DbLease lease) {
    long removals = RocksProperties.number(lease.db(), "rocksdb.num-deletes-active-mem-table");
    // One more memtable that waits might stop writes.
    return due.is(removals, System.nanoTime())
        && RocksProperties.number(lease.db(), "rocksdb.num-immutable-mem-table") == 0;
  }

  /** When it is time. To be asked again and again. */
  static final class Due {
    static final long MANY = 50_000;
    static final long SOME = 1_000;
    static final Duration LONG = Duration.ofMinutes(1);

    private boolean some;

    /** Since when there have been some; counts while {@link #some}. */
    private long since;

    /**
     * Tells whether it is.
     *
     * @param removals how many are in the memtable
     * @param now by {@code System.nanoTime()}
     */
    boolean is(long removals, long now) {
      if (removals < SOME) {
        some = false;
      } else if (!some) {
        some = true;
        since = now;
      }
      return removals >= MANY || (some && now - since >= LONG.toNanos());
    }
  }
}
