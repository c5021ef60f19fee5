package dev.spool.rocksdb;

import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.IoFailures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.rocksdb.RocksDB;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for what somebody has deleted or cut off under the open database, which is damage: tables,
 * files of the log, the manifest. It is reported, and put back or made good for where that can be.
 * Tables that are left keep the database open: closing it would lose what only open files hold.
 *
 * <p>Safe for use by any thread.
 */
final class TableWatch {
  private static final Logger LOG = LoggerFactory.getLogger(TableWatch.class);

  /** The notice that lasts while tables are missing. */
  private static final String TABLES = "rocksdb-tables";

  private final EngineContext context;
  private final Path database;
  private final MissingTables tables;
  private final MissingLogs logs;
  private final KnownManifest manifest;

  TableWatch(
      EngineContext context,
      Path database,
      MissingTables tables,
      MissingLogs logs,
      KnownManifest manifest) {
    this.logs = logs;
    this.context = context;
    this.database = database;
    this.tables = tables;
    this.manifest = manifest;
  }

  /** Looks, reports what is missing, and puts back what can be. */
  MissingTables.Found look(DbSlot slot) throws IOException {
    try (DbLease lease = slot.lease()) {
      MissingTables.Found found = look(lease.db());
      Optional<SpoolIOException> missing = lookAtLogs(lease.db());
      lookAtManifest(lease.db());
      if (missing.isPresent()) {
        throw missing.get();
      }
      return found;
    }
  }

  /** The same; the caller sees to it that the database is not closed meanwhile. */
  MissingTables.Found look(RocksDB db) throws IOException {
    MissingTables.Found found = tables.putBack(db, this::missing);
    if (!found.putBack().isEmpty()) {
      LOG.warn(
          "spool {}: tables that somebody had deleted were put back: {}",
          context.name(),
          String.join(", ", found.putBack()));
    }
    if (found.left().isEmpty()) {
      context.health().degradedCleared(TABLES);
    } else {
      context.health().degraded(TABLES, describe(found));
    }
    return found;
  }

  /**
   * Tells whether files of the log were missing since the database was opened: what was in them may
   * be in tables now, and yet RocksDB may go on with a file that is gone until it is opened again.
   */
  boolean wereLogsMissing(DbHandle handle) throws IOException {
    DbLease lease = handle.tryLease();
    if (lease == null) {
      return false;
    }
    try (lease) {
      return logs.areMissing(lease.db());
    }
  }

  /**
   * Looks for files of the log that somebody has deleted, reports it, and makes good for it;
   * returns what was missing.
   */
  Optional<SpoolIOException> lookAtLogs(RocksDB db) throws IOException {
    return logs.makeGood(
        db, missing -> context.failed(FailureClass.FATAL, missing.detail(), missing));
  }

  /**
   * Writes down how far the manifest reaches, which names the tables.
   *
   * @throws SpoolIOException if it is shorter than it was, which is reported
   */
  void lookAtManifest(RocksDB db) {
    try {
      manifest.look(db);
    } catch (SpoolIOException e) {
      context.failed(FailureClass.FATAL, e.detail(), e);
      throw e;
    } catch (IOException e) {
      context.failed(IoFailures.ofWrite(e), "writing down how long the manifest is: " + e, e);
    }
  }

  /** Before anything is put back, which may take long. */
  private void missing(Set<String> names) {
    String what =
        "in "
            + database
            + " tables are missing, which somebody other than the spool has deleted: "
            + String.join(", ", names);
    context.failed(FailureClass.FATAL, what, new SpoolIOException(what, null));
  }

  /** Looks, and throws if a table is missing that could not be put back, or the manifest is. */
  void require(DbHandle handle) throws IOException {
    DbLease lease = handle.tryLease();
    if (lease != null) {
      try (lease) {
        require(lease.db());
      }
    }
  }

  /** The same; the caller sees to it that the database is not closed meanwhile. */
  void require(RocksDB db) throws IOException {
    MissingTables.Found found = look(db);
    var unused = lookAtLogs(db);
    lookAtManifest(db);
    if (!found.left().isEmpty()) {
      throw failure(found);
    }
  }

  /** Throws if anything was missing. What was put back is told, too: somebody deletes files. */
  void failIfAny(MissingTables.Found found) {
    if (!found.isNothing()) {
      throw failure(found);
    }
  }

  /** Returns what the caller is told of tables that are missing, or were. */
  SpoolIOException failure(MissingTables.Found found) {
    return new SpoolIOException(describe(found), Outcome.UNKNOWN, null);
  }

  /** Says to the operator what is missing, or was. */
  String describe(MissingTables.Found found) {
    return found.describe(database);
  }
}
