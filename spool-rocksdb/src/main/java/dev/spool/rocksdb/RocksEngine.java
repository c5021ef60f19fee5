package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import dev.spool.support.Disk;
import dev.spool.support.DiskSpace;
import dev.spool.support.Engine;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.ScanCall;
import dev.spool.support.SpoolDirectory;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner's engine: one database, behind a slot that lets it be opened again underneath, one
 * {@link Committer}, and an {@link Upkeep} for what takes long.
 *
 * <p>What fails is reported by whoever sees it. A handle on which a write has failed is replaced:
 * by the recovery after a fatal failure, and at once by the committer when there was no room, so
 * that removals go on. A replaced database is read from its log, and what was read is written to a
 * new, synced file before RocksDB gives the log up.
 */
final class RocksEngine implements Engine, Committer.Failures {
  private static final Logger LOG = LoggerFactory.getLogger(RocksEngine.class);
  private static final Duration DRAIN = Duration.ofSeconds(30);
  private static final Duration OWN_WRITE = Duration.ofSeconds(60);
  private static final Duration BACKGROUND_REOPEN = Duration.ofSeconds(10);
  private static final Duration LEAST_TO_STOP = Duration.ofSeconds(10);
  private static final Duration ROOM_REOPEN = Duration.ofSeconds(3);
  private static final int COMPACTION_ATTEMPTS = 3;
  private static final byte[] PROBE = new byte[32];

  /** The notice that lasts while RocksDB fails in the background. */
  private static final String BACKGROUND = "rocksdb-background";

  /** The notice that lasts while tables are missing. */
  private static final String TABLES = "rocksdb-tables";

  /** Below this a cache is not worth closing the database for. */
  private static final long CACHE_WORTH_DROPPING = 1L << 20;

  private final EngineContext context;
  private final RocksSettings settings;
  private final RocksLayout layout;
  private final SpoolDirectory directory;
  private final Disk disk;
  private final DbSlot slot;
  private final RocksReader reader;
  private final SyncedSequence synced;
  private final MissingTables tables;
  private final Compactions compactions = new Compactions();
  private final Ballast ballast;
  private final Committer committer;
  private final Upkeep upkeep;

  /** Whoever opens the database again holds it. */
  private final Object reopening = new Object();

  /** A handle that was taken out of the slot, and is not freed yet. */
  @GuardedBy("reopening")
  private @Nullable DbHandle leaving;

  /** The figures that were read last, for the moments at which the database is closed. */
  private volatile List<Figure> lastFigures = List.of();

  /** Set by whoever has given the ballast up, reset by the probe that finds it made again. */
  private volatile boolean ballastOwed;

  /** Set by whoever met a want of room, reset by the upkeep when it is over. */
  private volatile boolean noRoomMet;

  // The upkeep's own.
  private long reclaimedRemovals;
  private boolean ballastSettled;
  private boolean ballastWarned;
  private long backgroundErrors;

  /** When background errors were last seen, by {@code System.nanoTime()}; 0: not, or long ago. */
  private long backgroundErrorAt;

  private @Nullable DbHandle backgroundHandle;
  private long roomTriedAt = System.nanoTime() - ROOM_REOPEN.toNanos();
  private long backgroundReopenedAt = System.nanoTime() - BACKGROUND_REOPEN.toNanos();

  private RocksEngine(
      EngineContext context,
      RocksSettings settings,
      RocksLayout layout,
      SpoolDirectory directory,
      DbHandle handle,
      SyncedSequence synced,
      Ballast ballast) {
    this.context = context;
    this.settings = settings;
    this.layout = layout;
    this.directory = directory;
    this.disk = directory.disk();
    this.synced = synced;
    this.ballast = ballast;
    tables = new MissingTables(disk, layout.database());
    slot = new DbSlot("the database in " + layout.database(), handle);
    reader = new RocksReader(layout.database(), slot, context);
    committer = new Committer(context, slot, settings.writes(), synced, this);
    upkeep = new Upkeep(context, this::upkeepRound);
  }

  /** Opens a spool, and makes it if there is none. */
  static RocksEngine open(EngineContext context, RocksSettings settings, Path path)
      throws IOException {
    NativeLibrary.load(settings.nativeLibraryDirectory());
    Disk disk = Disk.system();
    SpoolDirectory directory =
        settings.adopt()
            ? SpoolDirectory.adopt(
                disk,
                path,
                RocksLayout.SCHEME,
                RocksLayout.VERSION,
                RocksLayout.FEATURES,
                new Adoption(disk, settings))
            : SpoolDirectory.open(
                disk, path, RocksLayout.SCHEME, RocksLayout.VERSION, RocksLayout.FEATURES, false);
    RocksEngine engine = null;
    try {
      engine = open(context, settings, directory);
      engine.committer.start();
      engine.upkeep.start();
      return engine;
    } finally {
      if (engine == null) {
        directory.close();
      }
    }
  }

  private static RocksEngine open(
      EngineContext context, RocksSettings settings, SpoolDirectory directory) throws IOException {
    Disk disk = directory.disk();
    RocksLayout layout = new RocksLayout(directory.path());
    Ballast ballast = new Ballast(disk, layout.ballast(), settings.ballast());
    SyncedSequence synced = SyncedSequence.openIfThere(disk, layout.synced());
    // Its file says that there was a database: if that is missing now, it was lost, and no new one
    // hides that.
    boolean create = synced == null;
    DbHandle handle = null;
    try {
      if (create) {
        disk.createDirectories(layout.database());
      }
      handle = openDatabase(disk, layout, settings, ballast, create);
      if (synced == null) {
        synced = SyncedSequence.create(disk, layout.synced());
      }
      compareWithSynced(context, handle, synced);
      RocksEngine engine =
          new RocksEngine(context, settings, layout, directory, handle, synced, ballast);
      handle = null;
      synced = null;
      return engine;
    } finally {
      if (handle != null) {
        handle.refuse();
        freeQuietly(handle);
      }
      if (synced != null) {
        synced.close();
      }
    }
  }

  private static DbHandle openDatabase(
      Disk disk, RocksLayout layout, RocksSettings settings, Ballast ballast, boolean create)
      throws IOException {
    Path database = layout.database();
    String tried = "cannot open the database in " + database;
    DatabaseFiles.refuseLink(disk, database);
    if (!create && !DatabaseFiles.isThere(disk, layout)) {
      // RocksDB would refuse it, too, having made a directory and files in it.
      throw new SpoolIOException(tried + DatabaseFiles.LOST, null);
    }
    DatabaseFiles.refuseSpecial(disk, database);
    try {
      try {
        return DbHandle.open(database, RocksOptions.ofOwner(settings, create));
      } catch (RocksDBException e) {
        if (RocksFailures.isNoSpace(e) && ballast.release()) {
          LOG.warn("no room to open the database in {}: the ballast was given up", database);
          return DbHandle.open(database, RocksOptions.ofOwner(settings, create));
        }
        throw e;
      }
    } catch (RocksDBException e) {
      throw RocksFailures.typed(tried, Outcome.NOT_APPLIED, e);
    }
  }

  /** Says so if the log does not reach as far as it had been synced. */
  private static void compareWithSynced(
      EngineContext context, DbHandle handle, SyncedSequence synced) throws IOException {
    long found = handle.db().getLatestSequenceNumber();
    if (SyncedSequence.reportMissing(context, synced.recorded(), found)) {
      synced.record(found); // what is stored from now on counts from here
    }
  }

  private static void freeQuietly(DbHandle handle) {
    try {
      handle.free();
    } catch (RocksDBException e) {
      LOG.warn("closing the database: {}", RocksFailures.describe(e));
    }
  }

  // Calls

  @Override
  public void write(WriteCall call) {
    committer.add(call);
  }

  @Override
  public byte[] load(SpoolId id) {
    return reader.load(id);
  }

  @Override
  public void scan(ScanCall scan) {
    reader.scan(scan);
  }

  // Failures of the committer

  @Override
  public void writeFailed(String tried, Throwable failure) {
    context.failed(classOf(failure), tried + ": " + describe(failure), failure);
  }

  @Override
  public void syncFailed(String tried, Throwable failure) {
    context.syncFailed(tried + ": " + describe(failure), failure);
    if (classOf(failure) == FailureClass.SPACE) {
      context.failed(FailureClass.SPACE, tried + ": " + describe(failure), failure);
      giveUpBallast();
    }
  }

  @Override
  public void mend(DbHandle failed, Throwable failure) {
    FailureClass kind = classOf(failure);
    if (kind == FailureClass.SPACE) {
      giveUpBallast();
    }
    if (kind != FailureClass.FATAL) { // the recovery has been started for that
      reopenOrReport(failed);
    }
  }

  private static FailureClass classOf(Throwable failure) {
    return failure instanceof RocksDBException e ? RocksFailures.classOf(e) : FailureClass.FATAL;
  }

  private static String describe(Throwable failure) {
    return failure instanceof RocksDBException e ? RocksFailures.describe(e) : failure.toString();
  }

  private void giveUpBallast() {
    noRoomMet = true;
    try {
      if (ballast.release()) {
        ballastOwed = true;
        LOG.warn("spool {}: no room: the ballast was given up", context.name());
      }
    } catch (IOException e) {
      LOG.warn("spool {}: the ballast could not be given up", context.name(), e);
    }
    upkeep.wake();
  }

  private void reopenOrReport(@Nullable DbHandle failed) {
    try {
      reopen(failed);
    } catch (SpoolFullException e) {
      noRoomMet = true; // the upkeep tries again
      context.failed(FailureClass.SPACE, "opening the database again: " + e.detail(), e);
    } catch (IOException | RuntimeException e) {
      context.failed(
          FailureClass.FATAL, "opening the database again: " + e, e); // the recovery goes on
    }
  }

  // Opening again

  /** Replaces a handle, unless somebody has. The caller holds no lease. */
  private void reopen(@Nullable DbHandle seen) throws IOException {
    synchronized (reopening) {
      DbHandle now = slot.current();
      if (now != null) {
        if (now != seen) {
          return;
        }
        requireTables(now); // first: meanwhile what is there is served
        now.bar(new IllegalStateException("the database is being opened again"));
        leaving = now;
        slot.set(null);
      }
      closeLeaving();
      DbHandle fresh;
      try {
        fresh = openDatabase(disk, layout, settings, ballast, false);
      } catch (IOException | RuntimeException e) {
        showMeanwhile(e);
        throw e;
      }
      compareWithSynced(context, fresh, synced);
      slot.set(fresh);
      LOG.info("spool {}: the database was opened again", context.name());
    }
  }

  /**
   * Puts a handle into the slot that can only be read, if there can be one: where nothing can be
   * written, for want of room or since the file system is read-only, what is there can still be
   * delivered. One that would show less than was synced is none.
   */
  @GuardedBy("reopening")
  private void showMeanwhile(Exception why) {
    DbHandle shown = null;
    try {
      shown = DbHandle.openReadOnly(layout.database(), RocksOptions.ofReader(settings));
      shown.bar(why);
      if (shown.db().getLatestSequenceNumber() >= synced.recorded()) {
        slot.set(shown);
        shown = null;
        LOG.warn("spool {}: the database can only be read until it can be opened", context.name());
      }
    } catch (RocksDBException e) {
      LOG.debug("spool {}: {}", context.name(), RocksFailures.describe(e));
    } finally {
      if (shown != null) {
        shown.refuse();
        freeQuietly(shown);
      }
    }
  }

  @GuardedBy("reopening")
  private void closeLeaving() throws IOException {
    DbHandle old = leaving;
    if (old == null) {
      return;
    }
    old.refuse();
    compactions.cancel();
    if (!old.awaitDrained(DRAIN)) {
      throw new SpoolIOException(
          "the database in "
              + layout.database()
              + " cannot be closed: calls do not come back from it",
          null);
    }
    requireTables(old.db());
    freeQuietly(old); // it has failed already, and that was reported
    leaving = null;
  }

  @Override
  public void recover() throws IOException {
    DbHandle now = slot.current();
    if (now == null || now.barred() != null || backgroundErrors(now) > 0) {
      reopen(now);
    } else {
      requireTables(now);
    }
  }

  /**
   * Looks for tables that somebody has deleted, which is damage, and puts back what can be. What is
   * left of them keeps the database open: closing it would lose what only open files hold.
   */
  private MissingTables.Found lookAtTables(RocksDB db) throws IOException {
    MissingTables.Found found = tables.putBack(db, this::tablesAreMissing);
    if (!found.putBack().isEmpty()) {
      LOG.warn(
          "spool {}: tables that somebody had deleted were put back: {}",
          context.name(),
          String.join(", ", found.putBack()));
    }
    if (found.left().isEmpty()) {
      context.health().degradedCleared(TABLES);
    } else {
      context.health().degraded(TABLES, found.describe(layout.database()));
    }
    return found;
  }

  /** Before anything is put back, which may take long. */
  private void tablesAreMissing(Set<String> names) {
    String what =
        "in "
            + layout.database()
            + " tables are missing, which somebody other than the spool has deleted: "
            + String.join(", ", names);
    context.failed(FailureClass.FATAL, what, new SpoolIOException(what, null));
  }

  private SpoolIOException tablesMissing(MissingTables.Found found) {
    return new SpoolIOException(found.describe(layout.database()), Outcome.UNKNOWN, null);
  }

  private void requireTables(DbHandle handle) throws IOException {
    DbLease lease = handle.tryLease();
    if (lease != null) {
      try (lease) {
        requireTables(lease.db());
      }
    }
  }

  /** Throws if a table is missing, and could not be put back. */
  private void requireTables(RocksDB db) throws IOException {
    MissingTables.Found found = lookAtTables(db);
    if (!found.left().isEmpty()) {
      throw tablesMissing(found);
    }
  }

  private static long backgroundErrors(DbHandle handle) {
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

  @Override
  public void probe() throws IOException {
    if (ballastOwed && ballast.isMissing()) {
      // What was given up for removals is not for stores to take.
      throw new SpoolFullException("there is no room yet to make the ballast again", null);
    }
    ballastOwed = false;
    try (DbLease lease = writable()) {
      requireTables(lease.db());
    }
    writeOwn((batch, lease) -> batch.putLogData(PROBE), "probing the log");
    reader.repeatFailed();
  }

  private void writeOwn(Committer.Content content, String tried) {
    CompletableFuture<@Nullable Void> done = committer.write(content);
    try {
      done.get(OWN_WRITE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw SpoolException.unwrap(e);
    } catch (TimeoutException e) {
      throw new SpoolIOException(tried + " took longer than " + OWN_WRITE, Outcome.UNKNOWN, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SpoolIOException(tried + " was interrupted", Outcome.UNKNOWN, e);
    }
  }

  // Maintenance

  @Override
  public CleanupReport cleanup() throws IOException {
    long begun = System.nanoTime();
    upkeep.wake();
    failIfMissing(lookAtTables());
    return new CleanupReport(0, 0, Duration.ofNanos(System.nanoTime() - begun));
  }

  @Override
  public CompactionReport compact() throws IOException {
    long begun = System.nanoTime();
    Usage before = usage();
    MissingTables.Found missing = lookAtTables();
    compactAll(); // nevertheless: it writes anew what is open and was moved elsewhere
    if (!missing.left().isEmpty()) {
      var unused = lookAtTables();
    }
    failIfMissing(missing);
    Usage after = usage();
    return new CompactionReport(
        before.bytes,
        after.bytes,
        before.files,
        after.files,
        Duration.ofNanos(System.nanoTime() - begun));
  }

  private MissingTables.Found lookAtTables() throws IOException {
    try (DbLease lease = slot.lease(RocksReader.PATIENCE)) {
      return lookAtTables(lease.db());
    }
  }

  /** What was put back is told, too: somebody deletes files. */
  private void failIfMissing(MissingTables.Found found) {
    if (!found.isNothing()) {
      throw tablesMissing(found);
    }
  }

  private void compactAll() {
    for (int attempt = 1; ; attempt++) {
      DbLease lease = writable();
      DbHandle handle = lease.handle();
      RocksDBException failure;
      try (lease) {
        compactions.flush(lease);
        compactions.compact(lease, null, null);
        return;
      } catch (RocksDBException e) {
        failure = e;
      }
      compactionFailed("compacting", handle, failure);
      // Given up for an opening of the database again, or room was made meanwhile: that is no
      // reason to fail.
      boolean again = RocksFailures.isCancelled(failure) || RocksFailures.isNoSpace(failure);
      if (!again || attempt == COMPACTION_ATTEMPTS) {
        throw RocksFailures.typed(
            "compacting the database in " + layout.database(), Outcome.UNKNOWN, failure);
      }
    }
  }

  /**
   * Reports it, and replaces the handle if there was no room: in a handle that has met that,
   * nothing is compacted.
   */
  private void compactionFailed(String tried, DbHandle handle, RocksDBException failure) {
    if (RocksFailures.isCancelled(failure)) {
      return;
    }
    writeFailed(tried, failure);
    if (RocksFailures.isNoSpace(failure)) {
      mend(handle, failure);
    }
  }

  private DbLease writable() {
    DbLease lease = slot.writable(RocksReader.PATIENCE);
    if (lease == null) {
      throw new SpoolIOException(
          "the database in "
              + layout.database()
              + " cannot be written until it can be opened again after a failure",
          null);
    }
    return lease;
  }

  private record Usage(long bytes, long files) {}

  private Usage usage() throws IOException {
    long[] sum = new long[2];
    disk.list(
        layout.database(),
        file -> {
          try {
            var facts = disk.facts(file);
            if (facts.regularFile()) {
              sum[0] += facts.length();
              sum[1]++;
            }
          } catch (NoSuchFileException e) {
            return true; // RocksDB has deleted it meanwhile
          }
          return true;
        });
    return new Usage(sum[0], sum[1]);
  }

  @Override
  public long adviseLowMemory() throws IOException {
    long before = 0;
    long afterFlush = 0;
    DbLease flushed = writable();
    DbHandle handle = flushed.handle();
    RocksDBException failure = null;
    try (flushed) {
      before = memory(flushed);
      compactions.flush(flushed);
      afterFlush = memory(flushed);
    } catch (RocksDBException e) {
      failure = e;
    }
    if (failure != null) {
      compactionFailed("flushing", handle, failure);
      throw RocksFailures.typed(
          "flushing the database in " + layout.database(), Outcome.UNKNOWN, failure);
    }
    failIfMissing(lookAtTables());
    // RocksDB's Java interface has no other way to empty a cache. While
    // something is wrong, what is open stays open; nor is a compaction broken off for this.
    if (afterFlush < CACHE_WORTH_DROPPING
        || compactions.isRunning()
        || context.health().unhealthyReason() != null) {
      return before - afterFlush;
    }
    reopenOrReport(handle);
    try (DbLease lease = slot.lease(RocksReader.PATIENCE)) {
      return before - memory(lease);
    } catch (RocksDBException e) {
      throw RocksFailures.typed("asking for the memory in use", Outcome.UNKNOWN, e);
    }
  }

  private static long memory(DbLease lease) throws RocksDBException {
    long tables = lease.db().getLongProperty("rocksdb.cur-size-all-mem-tables");
    long readers = lease.db().getLongProperty("rocksdb.estimate-table-readers-mem");
    return Math.max(tables, lease.handle().options().cacheUsage()) + readers;
  }

  @Override
  public void quarantine(SpoolId id, Path target) {
    Quarantine quarantine = new Quarantine(layout.database(), slot, disk, id);
    quarantine.save(target);
    writeOwn(quarantine, "removing " + id + ", which was quarantined");
    quarantine.checkRemoved();
  }

  @Override
  public DiskSpace space() throws IOException {
    return disk.space(layout.directory());
  }

  @Override
  public List<Figure> figures() {
    DbLease lease = slot.tryLease();
    if (lease != null) {
      try (lease) {
        List<Figure> figures = RocksFigures.read(lease);
        figures.add(
            counter(
                "commit.groups", "", committer.groups(), "Groups of writes that were committed."));
        figures.add(counter("wal.syncs", "", committer.syncs(), "Syncs of the write-ahead log."));
        figures.add(
            counter(
                "write.stalls",
                "",
                committer.stalls(),
                "Groups of writes that had to wait until RocksDB took them."));
        figures.add(
            counter(
                "buffered.at.risk",
                "messages",
                committer.atRisk(),
                "Writes without sync that were not synced when the log failed."));
        lastFigures = List.copyOf(figures);
      }
    }
    return lastFigures;
  }

  private static Figure counter(String name, String unit, long value, String description) {
    return new Figure(name, Kind.COUNTER, unit, value, description);
  }

  // Upkeep

  private void upkeepRound() throws IOException {
    watchBackgroundErrors();
    if (noRoomMet) {
      DbHandle now = slot.current();
      if (now == null || now.barred() != null) {
        reopenForRoom(now);
      } else if (context.health().unhealthyReason() == null) {
        noRoomMet = false;
      } else {
        reclaim();
      }
    }
    if (!ballastSettled || ballast.isMissing()) {
      restoreBallast();
      ballastSettled = true;
    }
  }

  /** Each attempt reads the log twice over, so they are not made at every round. */
  private void reopenForRoom(@Nullable DbHandle now) {
    long time = System.nanoTime();
    if (time - roomTriedAt > ROOM_REOPEN.toNanos()) {
      reopenOrReport(now);
      roomTriedAt = System.nanoTime();
    }
  }

  /**
   * RocksDB does not say what went wrong in the background, only how often; and nothing goes on
   * until it is reopened.
   */
  private void watchBackgroundErrors() {
    DbHandle handle = slot.current();
    if (handle == null) {
      return;
    }
    if (handle != backgroundHandle) {
      backgroundHandle = handle;
      backgroundErrors = 0;
    }
    long errors = backgroundErrors(handle);
    if (errors == 0) {
      forgiveBackgroundErrors();
      return;
    }
    // Stores may go on meanwhile, and drop the suspicion: the spool is not well for that.
    backgroundErrorAt = System.nanoTime();
    context
        .health()
        .degraded(BACKGROUND, "RocksDB fails in the background; its LOG file says at what");
    if (errors > backgroundErrors) {
      backgroundErrors = errors;
      Exception cause =
          new IOException(errors + " background errors of RocksDB; its LOG file names them");
      context.failed(FailureClass.SUSPECT, String.valueOf(cause.getMessage()), cause);
    }
    // One that came too soon after an opening is not forgotten: it is opened again when its time
    // has come.
    long now = System.nanoTime();
    if (now - backgroundReopenedAt > BACKGROUND_REOPEN.toNanos()) {
      backgroundReopenedAt = now;
      reopenOrReport(handle);
    }
  }

  private void forgiveBackgroundErrors() {
    Duration quiet = context.health().settings().errorUnlatchDuration();
    if (backgroundErrorAt != 0 && System.nanoTime() - backgroundErrorAt > quiet.toNanos()) {
      backgroundErrorAt = 0;
      context.health().degradedCleared(BACKGROUND);
    }
  }

  /**
   * After a want of room: frees what removals have made free, file by file, so that little room is
   * needed for it.
   */
  private void reclaim() {
    if (committer.removals() == reclaimedRemovals) {
      return;
    }
    reclaimedRemovals = committer.removals();
    DbLease first = writable();
    DbHandle handle = first.handle();
    RocksDBException failure = null;
    try {
      List<LiveFileMetaData> files;
      try (first) {
        compactions.flush(first);
        files = first.db().getLiveFilesMetaData();
      }
      for (LiveFileMetaData file : files) {
        if (upkeep.isStopping()) {
          return;
        }
        try (DbLease lease = writable()) {
          handle = lease.handle();
          compactions.compact(lease, file.smallestKey(), file.largestKey());
        }
      }
    } catch (RocksDBException e) {
      failure = e;
    }
    if (failure != null) {
      compactionFailed("freeing room", handle, failure);
    }
  }

  private void restoreBallast() throws IOException {
    if (ballast.make(upkeep::isStopping) == Ballast.Made.NO_ROOM && !ballastWarned) {
      ballastWarned = true;
      LOG.warn(
          "spool {}: too little room for a ballast of {} bytes (setting ballast): on a full disk room may have to be made"
              + " by hand",
          context.name(),
          settings.ballast());
    }
  }

  // The end

  /**
   * Takes a while even when the deadline has passed: whoever waited has been told then, and a
   * database that can be closed now shall not stay locked until the process ends.
   */
  @Override
  public void stop(Deadline allowed) throws IOException {
    Deadline deadline =
        allowed.remaining().compareTo(LEAST_TO_STOP) < 0 ? Deadline.after(LEAST_TO_STOP) : allowed;
    SpoolException failure = null;
    compactions.cancel();
    boolean ended = upkeep.stop(deadline.remaining());
    try {
      ended &= committer.stop(deadline);
    } catch (SpoolException e) {
      failure = e;
    }
    if (!ended) {
      throw left("a thread that is writing or compacting");
    }
    synchronized (reopening) {
      DbHandle open = slot.current();
      if (open == null) {
        open = leaving;
      }
      slot.set(null);
      if (open != null) {
        open.refuse();
        if (!open.awaitDrained(deadline.remaining())) {
          throw left("calls that do not come back");
        }
        try {
          MissingTables.Found missing = lookAtTables(open.db());
          if (missing.openLeft()) {
            throw left("deleted tables that are open: " + missing.describe(layout.database()));
          }
          if (!missing.left().isEmpty()) {
            failure = tablesMissing(missing);
          }
        } catch (IOException e) {
          throw left("tables of which it cannot be told whether they are missing: " + e);
        }
        try {
          open.free();
        } catch (RocksDBException e) {
          failure = RocksFailures.typed("closing the database", Outcome.UNKNOWN, e);
        }
      }
    }
    reader.close();
    synced.close();
    directory.close();
    if (failure != null) {
      throw failure;
    }
  }

  private SpoolException left(String what) {
    return new SpoolException(
        "the spool was not closed in time",
        "the database in "
            + layout.database()
            + " is left open, and the spool locked, because of "
            + what,
        Outcome.UNKNOWN,
        null);
  }
}
