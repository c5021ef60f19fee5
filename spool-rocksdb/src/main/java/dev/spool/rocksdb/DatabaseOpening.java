package dev.spool.rocksdb;

import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.support.Disk;
import dev.spool.support.EngineContext;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the owner's database, the first time and again. A database that was there and is lost is
 * never made anew; where there is no room for what opening writes, the ballast is given up for it;
 * and a log that does not reach as far as it had been synced is made known.
 *
 * <p>Thread-safe: constant after construction.
 */
final class DatabaseOpening {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseOpening.class);

  private final EngineContext context;
  private final Disk disk;
  private final RocksLayout layout;
  private final RocksSettings settings;
  private final Ballast ballast;

  DatabaseOpening(
      EngineContext context,
      Disk disk,
      RocksLayout layout,
      RocksSettings settings,
      Ballast ballast) {
    this.context = context;
    this.disk = disk;
    this.layout = layout;
    this.settings = settings;
    this.ballast = ballast;
  }

  /**
   * Opens the database.
   *
   * @param create whether to make it if there is none
   */
  DbHandle open(boolean create) throws IOException {
    Path database = layout.database();
    String tried = "cannot open the database in " + database;
    DatabaseFiles.refuseLink(disk, database);
    if (!create && !DatabaseFiles.isThere(disk, layout)) {
      // RocksDB would refuse it, too, having made a directory and files in it.
      throw new SpoolIOException(tried + DatabaseFiles.LOST, null);
    }
    DatabaseFiles.refuseSpecial(disk, database);
    try {
      return openWithRoom(database, create);
    } catch (RocksDBException e) {
      throw RocksFailures.typed(tried, Outcome.NOT_APPLIED, e);
    }
  }

  private DbHandle openWithRoom(Path database, boolean create)
      throws IOException, RocksDBException {
    try {
      return DbHandle.open(database, RocksOptions.ofOwner(settings, create));
    } catch (RocksDBException e) {
      if (RocksFailures.isNoSpace(e) && ballast.release()) {
        LOG.warn("no room to open the database in {}: the ballast was given up", database);
        return DbHandle.open(database, RocksOptions.ofOwner(settings, create));
      }
      throw e;
    }
  }

  /**
   * Opens a database that cannot be written at the moment, for want of room or since the file
   * system is read-only: what is there can still be delivered. Returns null if that cannot be
   * either, or would show less than was synced.
   *
   * @param why what keeps it from being written
   * @param recorded how far the log is known to be synced
   */
  @Nullable DbHandle openMeanwhile(Exception why, long recorded) {
    DbHandle shown = null;
    try {
      shown = DbHandle.openReadOnly(layout.database(), RocksOptions.ofReader(settings));
      shown.bar(why);
      if (shown.db().getLatestSequenceNumber() >= recorded) {
        LOG.warn("spool {}: the database can only be read until it can be opened", context.name());
        DbHandle handle = shown;
        shown = null;
        return handle;
      }
    } catch (RocksDBException e) {
      LOG.debug("spool {}: {}", context.name(), RocksFailures.describe(e));
    } finally {
      if (shown != null) {
        discard(shown);
      }
    }
    return null;
  }

  /** Says so if the log does not reach as far as it had been synced. */
  void compareWithSynced(DbHandle handle, SyncedSequence synced) throws IOException {
    long found = handle.db().getLatestSequenceNumber();
    if (SyncedSequence.reportMissing(context, synced.recorded(), found)) {
      synced.record(found); // what is stored from now on counts from here
    }
  }

  /** Closes a handle that nobody has a lease of. */
  static void discard(DbHandle handle) {
    handle.refuse();
    freeQuietly(handle);
  }

  /** Frees a handle of which more is not expected. */
  static void freeQuietly(DbHandle handle) {
    try {
      handle.free();
    } catch (RocksDBException e) {
      LOG.warn("closing the database: {}", RocksFailures.describe(e));
    }
  }
}
