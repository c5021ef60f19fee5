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
 * never made anew, nor one opened whose manifest is not whole; where there is no room for what
 * opening writes, the ballast is given up for it; and a log that is not whole, or does not reach as
 * far as it had been synced, is made known, and kept.
 *
 * <p>Thread-safe: constant after construction.
 */
final class DatabaseOpening {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseOpening.class);

  /** The notice of a log of which a part is missing. */
  private static final String LOG_DAMAGED = "rocksdb-log";

  private final EngineContext context;
  private final Disk disk;
  private final RocksLayout layout;
  private final RocksSettings settings;
  private final Ballast ballast;
  private final KnownManifest manifest;
  private final KeptLogs logs;

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
    manifest = new KnownManifest(disk, layout);
    logs = new KeptLogs(disk, layout);
  }

  /** Returns what watches over the database's manifest. */
  KnownManifest manifest() {
    return manifest;
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
    boolean there = DatabaseFiles.isThere(disk, layout);
    if (!there && (!create || DatabaseFiles.areRemains(disk, database))) {
      // RocksDB would refuse it, too, having made a directory and files in it; or make a new one in
      // the midst of the remains, which it would then delete.
      throw new SpoolIOException(tried + DatabaseFiles.LOST, null);
    }
    DatabaseFiles.refuseSpecial(disk, database);
    if (there) {
      manifest.requireWhole();
      logs.keep();
    }
    try {
      return openWithRoom(database, create);
    } catch (RocksDBException e) {
      throw RocksFailures.typed(tried, Outcome.NOT_APPLIED, e);
    }
  }

  private DbHandle openWithRoom(Path database, boolean create)
      throws IOException, RocksDBException {
    try {
      return openWithLogs(database, create);
    } catch (RocksDBException e) {
      if (RocksFailures.isNoSpace(e) && ballast.release()) {
        LOG.warn("no room to open the database in {}: the ballast was given up", database);
        return openWithLogs(database, create);
      }
      throw e;
    }
  }

  private DbHandle openWithLogs(Path database, boolean create)
      throws IOException, RocksDBException {
    try {
      return DbHandle.open(database, options(create, true));
    } catch (RocksDBException e) {
      if (!RocksFailures.isCorruption(e)) {
        throw e;
      }
      // If it can be opened without, that was about the log: the rest is not to be lost for it.
      DbHandle handle = DbHandle.open(database, options(create, false));
      context
          .health()
          .degraded(
              LOG_DAMAGED,
              "records that had been synced are missing, nobody knows how many: "
                  + RocksFailures.describe(e));
      logsAreDamaged();
      return handle;
    }
  }

  private RocksOptions options(boolean create, boolean verifyLogs) throws IOException {
    return RocksOptions.ofOwner(settings, create, verifyLogs, usesDirectIo());
  }

  private boolean usesDirectIo() throws IOException {
    Boolean wanted = settings.useDirectIoForFlushAndCompaction();
    if (wanted != null) {
      return wanted;
    }
    Long readahead = settings.compactionReadaheadSize();
    boolean blockByBlock = readahead != null && readahead == 0;
    return !blockByBlock && DirectIo.isPossible(fileToAsk());
  }

  /** The database may be a file system of its own, but that is seen only where it has been made. */
  private Path fileToAsk() throws IOException {
    return DatabaseFiles.isThere(disk, layout)
        ? layout.database().resolve("CURRENT")
        : layout.owner();
  }

  private void logsAreDamaged() {
    Path kept = logs.keepForGood();
    if (kept != null) {
      LOG.warn(
          "spool {}: the log is damaged, or may be, and was kept as it was before the opening in {}",
          context.name(),
          kept);
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
      manifest.requireWhole();
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
    } catch (IOException | SpoolIOException e) {
      LOG.debug("spool {}: it cannot be read meanwhile, either", context.name(), e);
    } finally {
      if (shown != null) {
        discard(shown);
      }
    }
    return null;
  }

  /**
   * Takes over the file that tells how far the log is synced, having said so if the log does not
   * reach as far. Then nothing is touched until the spool is open, and {@link #compareWithSynced}
   * is called: an opening that fails before must not keep the next one from saying it.
   *
   * @param recorded what was seen of that file before the database was opened
   */
  SyncedSequence openSynced(DbHandle handle, long recorded) throws IOException {
    SyncedSequence synced = new SyncedSequence(disk, layout.synced(), recorded);
    long found = handle.db().getLatestSequenceNumber();
    if (!SyncedSequence.reportMissing(context, recorded, found)) {
      logs.forget();
      synced.goOn(found);
    }
    return synced;
  }

  /**
   * Says so if the log does not reach as far as it had been synced, and keeps it; else gives up the
   * old one. What is stored from now on counts from here.
   */
  void compareWithSynced(DbHandle handle, SyncedSequence synced) throws IOException {
    long found = handle.db().getLatestSequenceNumber();
    if (SyncedSequence.reportMissing(context, synced.recorded(), found)) {
      logsAreDamaged(); // first: as long as the old number is recorded, the next opening knows, too
    } else {
      logs.forget();
    }
    synced.goOn(found);
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
