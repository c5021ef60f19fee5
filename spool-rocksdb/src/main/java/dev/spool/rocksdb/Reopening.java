package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.Deadline;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.Scarcity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces a handle that has failed by a new one on the same database, underneath its users, and
 * closes the last one. A handle is freed when its last lease was given back, and not while it has
 * open what only its open files hold; until then it is kept here.
 *
 * <p>Safe for use by any thread; one opens again at a time.
 */
final class Reopening {
  private static final Logger LOG = LoggerFactory.getLogger(Reopening.class);
  private static final Duration DRAIN = Duration.ofSeconds(30);

  private final EngineContext context;
  private final Path database;
  private final DbSlot slot;
  private final DatabaseOpening opening;
  private final SyncedSequence synced;
  private final TableWatch tables;
  private final DamagedTables damaged;
  private final Compactions compactions;
  private final Shortage shortage;

  /** A handle that was taken out of the slot, and is not freed yet. */
  @GuardedBy("this")
  private @Nullable DbHandle leaving;

  Reopening(
      EngineContext context,
      Path database,
      DbSlot slot,
      DatabaseOpening opening,
      SyncedSequence synced,
      TableWatch tables,
      DamagedTables damaged,
      Compactions compactions,
      Shortage shortage) {
    this.context = context;
    this.database = database;
    this.slot = slot;
    this.opening = opening;
    this.synced = synced;
    this.tables = tables;
    this.damaged = damaged;
    this.compactions = compactions;
    this.shortage = shortage;
  }

  /** Replaces a handle, unless somebody has. The caller holds no lease. */
  synchronized void reopen(@Nullable DbHandle seen) throws IOException {
    DbHandle now = slot.current();
    if (now != null) {
      if (now != seen) {
        return;
      }
      requireClosable(now); // first: meanwhile what is there is served
      now.retire();
      leaving = now;
      slot.set(null);
    }
    closeLeaving();
    DbHandle fresh;
    try {
      fresh = opening.open(false);
    } catch (IOException | RuntimeException e) {
      DbHandle shown = opening.openMeanwhile(e, synced.recorded());
      if (shown != null) {
        slot.set(shown);
      }
      throw e;
    }
    boolean whole = false;
    try {
      opening.compareWithSynced(fresh, synced);
      whole = true;
    } finally {
      if (!whole) {
        DatabaseOpening.discard(fresh); // or no later opening would get RocksDB's lock
      }
    }
    slot.set(fresh);
    LOG.info("spool {}: the database was opened again", context.name());
  }

  /**
   * The spool is open: what its opening has found missing is not to be told by the next one, too.
   * If the database is being opened again already, that does it.
   */
  synchronized void opened() throws IOException {
    DbHandle now = slot.current();
    DbLease lease = now == null || now.barred() != null ? null : now.tryLease();
    if (now != null && lease != null) {
      try (lease) {
        opening.compareWithSynced(now, synced);
      }
    }
  }

  /** Throws if closing it would lose tables, or for good what the whole ones hold. */
  private void requireClosable(DbHandle handle) throws IOException {
    DbLease lease = handle.tryLease();
    if (lease != null) {
      try (lease) {
        tables.require(lease.db());
        damaged.requireOpenable(lease.db());
      }
    }
  }

  /**
   * The same; reports what fails, and leaves it to those who try again. Waits for memory if there
   * is none for the report: nobody else knows that there is no handle.
   */
  void reopenOrReport(@Nullable DbHandle seen) {
    try {
      reopen(seen);
    } catch (IOException | RuntimeException | Error e) {
      boolean reported = false;
      while (!reported) {
        try {
          report(e);
          reported = true;
        } catch (OutOfMemoryError | InternalError noMemory) {
          Scarcity.await(noMemory);
        }
      }
    }
  }

  private void report(Throwable failure) {
    if (failure instanceof SpoolFullException full) {
      shortage.met(); // the upkeep tries again
      context.failed(FailureClass.SPACE, "opening the database again: " + full.detail(), full);
    } else { // the recovery goes on
      context.failed(FailureClass.FATAL, "opening the database again: " + failure, failure);
    }
  }

  @GuardedBy("this")
  private void closeLeaving() throws IOException {
    DbHandle old = leaving;
    if (old == null) {
      return;
    }
    old.refuse();
    compactions.cancel();
    if (!old.awaitDrained(DRAIN)) {
      throw new SpoolIOException(
          "the database in " + database + " cannot be closed: calls do not come back from it",
          null);
    }
    tables.require(old.db());
    DatabaseOpening.freeQuietly(old); // it has failed already, and that was reported
    leaving = null;
  }

  /**
   * Closes the database for good; after the last call and the last write.
   *
   * @return what failed although it is closed; null if nothing has
   * @throws SpoolException if it is left open
   */
  synchronized @Nullable SpoolException close(Deadline deadline) {
    DbHandle open = slot.current();
    if (open == null) {
      open = leaving;
    }
    slot.set(null);
    if (open == null) {
      return null;
    }
    open.refuse();
    if (!open.awaitDrained(deadline.remaining())) {
      throw left("calls that do not come back");
    }
    SpoolException failure = lastLook(open);
    if (failure == null) {
      LastFlush.run(open, deadline);
      failure = lookAtManifest(open);
    }
    try {
      open.free();
    } catch (RocksDBException e) {
      failure = also(failure, RocksFailures.typed("closing the database", Outcome.UNKNOWN, e));
    }
    return failure;
  }

  /** The first failure is the cause of those that follow, and says what is at stake. */
  static @Nullable SpoolException also(
      @Nullable SpoolException first, @Nullable SpoolException next) {
    if (first == null) {
      return next;
    }
    if (next != null) {
      first.addSuppressed(next);
    }
    return first;
  }

  private @Nullable SpoolException lastLook(DbHandle open) {
    MissingTables.Found missing;
    try {
      missing = tables.look(open.db());
      var unused = tables.lookAtLogs(open.db());
    } catch (SpoolIOException e) {
      throw left(e.detail());
    } catch (IOException e) {
      throw left("files of which it cannot be told whether they are missing: " + e);
    }
    if (missing.openLeft()) {
      throw left("deleted tables that are open: " + tables.describe(missing));
    }
    SpoolException failure = missing.left().isEmpty() ? null : tables.failure(missing);
    return also(failure, lookAtManifest(open));
  }

  private @Nullable SpoolException lookAtManifest(DbHandle open) {
    try {
      tables.lookAtManifest(open.db());
      return null;
    } catch (SpoolIOException e) {
      return e;
    }
  }

  /** Returns what a shutdown fails with that has to leave the database open. */
  SpoolException left(String what) {
    return new SpoolException(
        "the spool was not closed in time",
        "the database in " + database + " is left open, and the spool locked, because of " + what,
        Outcome.UNKNOWN,
        null);
  }
}
