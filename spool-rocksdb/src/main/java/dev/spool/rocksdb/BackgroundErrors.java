package dev.spool.rocksdb;

import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * Watches for failures of RocksDB's background work, of which it tells only how many there were;
 * and nothing goes on until the database is opened again. Belongs to the upkeep, but for {@link
 * #of}.
 */
final class BackgroundErrors {
  /** The notice that lasts while RocksDB fails in the background. */
  private static final String BACKGROUND = "rocksdb-background";

  private static final Duration REOPEN_INTERVAL = Duration.ofSeconds(10);

  private final EngineContext context;
  private final DbSlot slot;
  private final Reopening reopening;

  private long errors;

  /** When errors were last seen, by {@code System.nanoTime()}; 0: not, or long ago. */
  private long seenAt;

  private @Nullable DbHandle watched;
  private long reopenedAt = System.nanoTime() - REOPEN_INTERVAL.toNanos();

  BackgroundErrors(EngineContext context, DbSlot slot, Reopening reopening) {
    this.context = context;
    this.slot = slot;
    this.reopening = reopening;
  }

  /** Returns how many there were since the handle was opened; 0 if it is closed. By any thread. */
  static long of(DbHandle handle) {
    DbLease lease = handle.tryLease();
    if (lease == null) {
      return 0;
    }
    try (lease) {
      return lease.db().getLongProperty("rocksdb.background-errors");
    } catch (RocksDBException e) {
      return 0;
    }
  }

  /** Looks, reports what is new, and has the database opened again, now and then. */
  void look() {
    DbHandle handle = slot.current();
    if (handle == null) {
      return;
    }
    if (handle != watched) {
      watched = handle;
      errors = 0;
    }
    long now = of(handle);
    if (now == 0) {
      forgive();
      return;
    }
    report(now);
    reopenIfDue(handle);
  }

  private void report(long now) {
    // Stores may go on meanwhile, and drop the suspicion: the spool is not well for that.
    seenAt = System.nanoTime();
    context
        .health()
        .degraded(BACKGROUND, "RocksDB fails in the background; its LOG file says at what");
    if (now > errors) {
      errors = now;
      Exception cause =
          new IOException(now + " background errors of RocksDB; its LOG file names them");
      context.failed(FailureClass.SUSPECT, String.valueOf(cause.getMessage()), cause);
    }
  }

  /**
   * One that came too soon after an opening is not forgotten: it is opened again when its time has
   * come.
   */
  private void reopenIfDue(DbHandle handle) {
    long time = System.nanoTime();
    if (time - reopenedAt > REOPEN_INTERVAL.toNanos()) {
      reopenedAt = time;
      reopening.reopenOrReport(handle);
    }
  }

  private void forgive() {
    Duration quiet = context.health().settings().errorUnlatchDuration();
    if (seenAt != 0 && System.nanoTime() - seenAt > quiet.toNanos()) {
      seenAt = 0;
      context.health().degradedCleared(BACKGROUND);
    }
  }
}
