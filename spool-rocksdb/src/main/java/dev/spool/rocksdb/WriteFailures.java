package dev.spool.rocksdb;

import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import org.rocksdb.RocksDBException;

/**
 * What follows from a write, a sync, a flush or a compaction that failed: it is reported, room is
 * made where that was missing, and the handle is replaced at once where the recovery is not going
 * to. Safe for use by any thread.
 */
final class WriteFailures implements Committer.Failures {
  private final EngineContext context;
  private final Shortage shortage;
  private final Reopening reopening;
  private final DamagedTables damaged;

  WriteFailures(
      EngineContext context, Shortage shortage, Reopening reopening, DamagedTables damaged) {
    this.context = context;
    this.shortage = shortage;
    this.reopening = reopening;
    this.damaged = damaged;
  }

  @Override
  public void writeFailed(String tried, Throwable failure) {
    context.failed(classOf(failure), tried + ": " + describe(failure), failure);
  }

  @Override
  public void syncFailed(String tried, Throwable failure) {
    context.syncFailed(tried + ": " + describe(failure), failure);
    if (classOf(failure) == FailureClass.SPACE) {
      context.failed(FailureClass.SPACE, tried + ": " + describe(failure), failure);
      shortage.giveUpBallast();
    }
  }

  /**
   * Starts no recovery: that is for the one whose failure it is, who knows whether there is one.
   */
  @Override
  public void failedBefore(String tried, Throwable failure) {
    context.health().report(classOf(failure), tried + ": " + describe(failure), failure);
  }

  @Override
  public void mend(DbHandle failed, Throwable failure) {
    FailureClass kind = classOf(failure);
    if (kind == FailureClass.SPACE) {
      shortage.giveUpBallast();
    }
    if (kind != FailureClass.FATAL) { // the recovery has been started for that
      reopening.reopenOrReport(failed);
    }
  }

  /**
   * Reports a flush or a compaction that failed, and replaces the handle if there was no room: in a
   * handle that has met that, nothing is compacted; or if RocksDB takes no writes any more after
   * it, so that nobody's store has to find that out. The caller holds no lease.
   */
  void compactionFailed(String tried, DbHandle handle, RocksDBException failure) {
    if (RocksFailures.isCancelled(failure)) {
      return;
    }
    damaged.add(failure);
    writeFailed(tried, failure);
    boolean wedged = BackgroundErrors.of(handle) > 0;
    if (wedged) {
      handle.bar(failure);
    }
    if (wedged || RocksFailures.isNoSpace(failure)) {
      mend(handle, failure);
    }
  }

  /**
   * Reports a flush or a compaction of RocksDB's own that failed, so that it takes no writes any
   * more. The upkeep opens the database again, with pauses: a compaction that meets damage does so
   * after each opening. So no recovery is started. The caller holds no lease.
   */
  void backgroundFailed(DbHandle handle, RocksDBException failure) {
    damaged.add(failure);
    String what = "RocksDB failed in the background: " + RocksFailures.describe(failure);
    context.health().report(RocksFailures.classOf(failure), what, failure);
    if (RocksFailures.isNoSpace(failure)) {
      mend(handle, failure);
    }
  }

  private static FailureClass classOf(Throwable failure) {
    return failure instanceof RocksDBException e ? RocksFailures.classOf(e) : FailureClass.FATAL;
  }

  private static String describe(Throwable failure) {
    return failure instanceof RocksDBException e ? RocksFailures.describe(e) : failure.toString();
  }
}
