package dev.spool.rocksdb;

import dev.spool.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
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

  /** What an opening reads from the log in a few milliseconds is left to it. In bytes. */
  private static final long WORTH_A_TABLE = 4L << 20;

  /** Background work may be stopped, or have no thread for it. */
  private static final long BEGINS_WITHIN = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long LOOKS_EVERY = Duration.ofMillis(1).toNanos();

  private LastFlush() {}

  /**
   * Flushes what is worth it, after the last write and the last lease, and waits for it until the
   * deadline; closing waits for what is under way then.
   */
  static void run(DbHandle handle, Deadline deadline) {
    RocksDB db = handle.db();
    if (!handle.isWritable()
        || RocksProperties.number(db, RocksProperties.BACKGROUND_ERRORS) > 0
        || RocksProperties.number(db, "rocksdb.cur-size-all-mem-tables") < WORTH_A_TABLE) {
      return;
    }
    try (FlushOptions options =
        new FlushOptions().setWaitForFlush(false).setAllowWriteStall(true)) {
      db.flush(options);
    } catch (RocksDBException e) {
      LOG.debug("the last flush: {}", RocksFailures.describe(e));
      return;
    }
    awaitEnd(db, deadline);
  }

  private static void awaitEnd(RocksDB db, Deadline deadline) {
    long latestBegin = System.nanoTime() + BEGINS_WITHIN;
    while (RocksProperties.number(db, "rocksdb.num-immutable-mem-table") > 0
        && RocksProperties.number(db, RocksProperties.BACKGROUND_ERRORS) == 0) {
      boolean running = RocksProperties.number(db, "rocksdb.num-running-flushes") > 0;
      if (running ? deadline.isExpired() : System.nanoTime() - latestBegin > 0) {
        return;
      }
      LockSupport.parkNanos(LOOKS_EVERY);
    }
  }
}
