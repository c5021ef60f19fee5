package dev.spool.rocksdb;

import dev.spool.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the memtables to a table before the database is closed for good. The next opening would
 * read them from the log, and write that table then, while a server waits for its spool. Nothing
 * rests on it: what is in the memtables is in the log, and synced.
 */
final class LastFlush {
  private static final Logger LOG = LoggerFactory.getLogger(LastFlush.class);

  /** What an opening reads from the log in a few milliseconds is left to it. */
  private static final long WORTH_A_TABLE = 1L << 20;

  /** Background work may be stopped, or have no thread for it. */
  private static final long BEGINS_WITHIN = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long LOOKS_EVERY = Duration.ofMillis(1).toNanos();

  private LastFlush() {}

  /**
   * Flushes what is worth it, after the last write.
   *
   * @return false if that is still under way at the deadline: closing would wait for it
   */
  static boolean run(DbHandle handle, Deadline deadline) {
    DbLease lease = handle.isWritable() ? handle.tryLease() : null;
    if (lease == null) {
      return true;
    }
    try (lease;
        FlushOptions options =
            new FlushOptions().setWaitForFlush(false).setAllowWriteStall(true)) {
      if (number(lease, "rocksdb.background-errors") > 0
          || number(lease, "rocksdb.cur-size-all-mem-tables") < WORTH_A_TABLE) {
        return true;
      }
      lease.db().flush(options);
      return awaitEnd(lease, deadline);
    } catch (RocksDBException e) {
      LOG.debug("the last flush: {}", RocksFailures.describe(e));
      return true;
    }
  }

  private static boolean awaitEnd(DbLease lease, Deadline deadline) {
    long latestBegin = System.nanoTime() + BEGINS_WITHIN;
    while (number(lease, "rocksdb.num-immutable-mem-table") > 0
        && number(lease, "rocksdb.background-errors") == 0) {
      boolean running = number(lease, "rocksdb.num-running-flushes") > 0;
      if (running ? deadline.isExpired() : System.nanoTime() - latestBegin > 0) {
        return !running;
      }
      LockSupport.parkNanos(LOOKS_EVERY);
    }
    return true;
  }

  private static long number(DbLease lease, String property) {
    return RocksProperties.number(lease.db(), property);
  }
}
