package dev.spool.rocksdb;

import dev.spool.SpoolFullException;
import dev.spool.rocksdb.RocksDiagnostics.Background;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Watches for failures of RocksDB's background work. It tells only how many there were; but one
 * that has stopped writing fails the next write with what it was, and a write of nothing is enough
 * for that. So damage that a compaction has met is reported as what it is, at once. Nothing goes on
 * until the database is opened again.
 *
 * <p>Belongs to the upkeep, but for {@link #of} and {@link #seen}.
 */
final class BackgroundErrors {
  /** The notice that lasts while RocksDB fails in the background. */
  private static final String BACKGROUND = "rocksdb-background";

  private static final Duration REOPEN_INTERVAL = Duration.ofSeconds(10);

  private final EngineContext context;
  private final DbSlot slot;
  private final WriteFailures failures;
  private final Reopening reopening;

  /** How many there were in the handle that is watched. */
  private long errors;

  private @Nullable DbHandle watched;

  /** Those of all handles, and the last one; written by the upkeep. */
  private volatile Background seen = Background.NONE;

  /** When errors were last seen, by {@code System.nanoTime()}; 0: not, or long ago. */
  private long seenAt;

  private long reopenedAt = System.nanoTime() - REOPEN_INTERVAL.toNanos();

  BackgroundErrors(
      EngineContext context, DbSlot slot, WriteFailures failures, Reopening reopening) {
    this.context = context;
    this.slot = slot;
    this.failures = failures;
    this.reopening = reopening;
    watched = slot.current();
  }

  /** Returns how many there were since the handle was opened; 0 if it is closed. By any thread. */
  static long of(DbHandle handle) {
    DbLease lease = handle.tryLease();
    if (lease == null) {
      return 0;
    }
    try (lease) {
      return RocksProperties.number(lease.db(), RocksProperties.BACKGROUND_ERRORS);
    }
  }

  /** Returns what was seen since the spool was opened. By any thread. */
  Background seen() {
    return seen;
  }

  /** Looks, reports what is new, and has the database opened again, now and then. */
  void look() {
    DbHandle handle = slot.current();
    if (handle == null) {
      return;
    }
    if (handle != watched) {
      countLast();
      watched = handle;
      errors = 0;
    }
    long now = of(handle);
    if (now == 0) {
      forgive();
      return;
    }
    // Stores may go on meanwhile, and drop the suspicion: the spool is not well for that.
    seenAt = System.nanoTime();
    if (now > errors) {
      long more = now - errors;
      errors = now;
      report(handle, more);
    }
    reopenIfDue(handle);
  }

  /**
   * Those that a write has met first, so that the handle was replaced before they were seen here.
   */
  private void countLast() {
    DbHandle replaced = watched;
    if (replaced != null && replaced.errorsAtEnd() > errors) {
      RocksDBException why = replaced.barred() instanceof RocksDBException e ? e : null;
      count(replaced.errorsAtEnd() - errors, why);
    }
  }

  private void report(DbHandle handle, long more) {
    RocksDBException cause = cause(handle);
    count(more, cause);
    if (cause == null) {
      context
          .health()
          .degraded(BACKGROUND, "RocksDB fails in the background; its LOG file says at what");
      String what = errors + " background errors of RocksDB; its LOG file names them";
      context.failed(unknownKind(), what, new IOException(what));
      return;
    }
    String text = RocksFailures.describe(cause);
    context.health().degraded(BACKGROUND, "RocksDB fails in the background: " + text);
    handle.bar(cause); // RocksDB takes no writes any more; so no probe proves anything either
    failures.backgroundFailed(handle, cause);
  }

  private void count(long more, @Nullable RocksDBException cause) {
    long all = seen.errors() + more;
    seen =
        cause == null
            ? new Background(all, seen.last(), seen.lastAt())
            : new Background(all, RocksFailures.describe(cause), Instant.now());
  }

  /** What does not stop writing is a compaction without room, where room is short already. */
  private FailureClass unknownKind() {
    return context.health().refusal() instanceof SpoolFullException
        ? FailureClass.SPACE
        : FailureClass.SUSPECT;
  }

  /** Returns what has stopped writing; null if writing goes on. */
  private static @Nullable RocksDBException cause(DbHandle handle) {
    DbLease lease = handle.tryLease();
    if (lease == null) {
      return null;
    }
    try (lease;
        WriteBatch nothing = new WriteBatch();
        WriteOptions options = new WriteOptions().setNoSlowdown(true)) {
      lease.db().write(options, nothing);
      return null;
    } catch (RocksDBException e) {
      return RocksFailures.isStall(e) ? null : e;
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
