package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.CompactionOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flushes and compacts, and can be told to give up: a compaction may take hours, and whoever opens
 * the database again waits for its lease. Safe for use by any thread.
 */
final class Compactions {
  private static final Logger LOG = LoggerFactory.getLogger(Compactions.class);

  /** What makes those give up that are under way. */
  @GuardedBy("this")
  private final Set<Runnable> running = new HashSet<>();

  /** Those of them that were told. */
  @GuardedBy("this")
  private final Set<Runnable> told = new HashSet<>();

  @GuardedBy("this")
  private boolean ended;

  private final Executor canceller;

  /**
   * @param canceller takes what tells a compaction to give up, and waits for that
   */
  Compactions(Executor canceller) {
    this.canceller = canceller;
  }

  /** Writes the memtables to files, and waits for that. */
  void flush(DbLease lease) throws RocksDBException {
    flush(lease.db());
  }

  /** The same; the caller sees to it that the database is not closed meanwhile. */
  static void flush(RocksDB db) throws RocksDBException {
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true)) {
      db.flush(options);
    }
  }

  /** Rewrites all files, and drops what was removed. */
  void compact(DbLease lease) throws RocksDBException {
    run(lease, null, null, BottommostLevelCompaction.kForce);
  }

  /**
   * Rewrites the files that hold keys of a range, each once, and drops what was removed. A file
   * that has nothing beside it is rewritten, too: to be moved down would leave its removals.
   *
   * @param from the first key
   * @param to the last key
   */
  void compactBeside(DbLease lease, byte[] from, byte[] to) throws RocksDBException {
    run(lease, from, to, BottommostLevelCompaction.kForceOptimized);
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
    Runnable giveUp = () -> options.setCanceled(true);
    try {
      begin(lease, giveUp);
      lease.db().compactRange(lease.db().getDefaultColumnFamily(), from, to, options);
    } catch (RocksDBException e) {
      throw orNoRoom(e);
    } finally {
      var unused = wasTold(giveUp);
      options.close();
    }
  }

  /**
   * Rewrites these tables into new ones at a level, together with what has to go with them.
   *
   * @param tableSize how large the new ones are, about, in bytes
   * @return the new ones
   * @throws RocksDBException as cancelled, too, if another compaction is at one of them, or was
   */
  List<String> compactTables(DbLease lease, List<String> tables, int level, long tableSize)
      throws RocksDBException {
    // For good: only a database that is to be closed is told to. And it waits for the disk.
    Runnable abort =
        () -> {
          try (lease) {
            lease.db().abortAllCompactions();
          }
        };
    Runnable giveUp = () -> handOver(abort, lease);
    // Once more, for that; last, since for all else there may be no memory.
    DbLease own = lease.handle().tryLease();
    if (own == null) {
      throw closing();
    }
    try (CompactionOptions options = new CompactionOptions().setOutputFileSizeLimit(tableSize)) {
      begin(lease, giveUp);
      return lease.db().compactFiles(options, tables, level, -1, null);
    } catch (RocksDBException e) {
      throw orOvertaken(orNoRoom(e));
    } finally {
      if (!wasTold(giveUp)) {
        own.close();
      }
    }
  }

  private void handOver(Runnable work, DbLease lease) {
    try {
      canceller.execute(work);
    } catch (Throwable t) { // no thread can be started
      lease.close();
      LOG.warn("a compaction cannot be told to give up, and is waited for", t);
    }
  }

  private static RocksDBException orOvertaken(RocksDBException failure) {
    Status status = failure.getStatus();
    if (status == null
        || (status.getCode() != Status.Code.Aborted
            && status.getCode() != Status.Code.InvalidArgument)) {
      return failure;
    }
    RocksDBException overtaken =
        new RocksDBException(
            new Status(Status.Code.Incomplete, Status.SubCode.None, status.getState()));
    overtaken.initCause(failure);
    return overtaken;
  }

  /**
   * Once something has met a want of room, RocksDB begins no compaction for which it reckons that
   * there is none. Its code for that, {@code CompactionTooLarge}, is the one that the Java
   * interface does not know, and a compaction fails with it for no other reason.
   */
  static RocksDBException orNoRoom(RocksDBException failure) {
    Status status = failure.getStatus();
    if (status == null || status.getCode() != Status.Code.Undefined) {
      return failure;
    }
    String text = "not begun, since RocksDB reckons that there is no room for it";
    RocksDBException noRoom =
        new RocksDBException(text, new Status(Status.Code.IOError, Status.SubCode.NoSpace, text));
    noRoom.initCause(failure);
    return noRoom;
  }

  /**
   * Enters one among those that can be told to give up. Whoever wants the handle's lease back has
   * said so once: one that begins later, after a flush under the same lease, would not hear it.
   */
  private synchronized void begin(DbLease lease, Runnable giveUp) throws RocksDBException {
    if (ended || !lease.handle().isWritable()) {
      throw closing();
    }
    running.add(giveUp);
  }

  private static RocksDBException closing() {
    return new RocksDBException(
        new Status(Status.Code.Incomplete, Status.SubCode.None, "the database is being closed"));
  }

  /** Takes one out again; returns whether it was told to give up. */
  private synchronized boolean wasTold(Runnable giveUp) {
    running.remove(giveUp);
    return told.remove(giveUp);
  }

  /** Tells whether one is under way. */
  synchronized boolean isRunning() {
    return !running.isEmpty();
  }

  /** Tells whether none begins any more. */
  synchronized boolean haveEnded() {
    return ended;
  }

  /** Makes those that are under way give up, soon: they fail. */
  synchronized void cancel() {
    for (Runnable giveUp : running) {
      if (told.add(giveUp)) {
        giveUp.run();
      }
    }
  }

  /** The same, for good: none begins any more. */
  synchronized void end() {
    ended = true;
    cancel();
  }
}
