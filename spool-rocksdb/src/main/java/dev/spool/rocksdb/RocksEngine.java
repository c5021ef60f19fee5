package dev.spool.rocksdb;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolStats.Figure;
import dev.spool.support.Disk;
import dev.spool.support.DiskSpace;
import dev.spool.support.Engine;
import dev.spool.support.EngineContext;
import dev.spool.support.LoadResults;
import dev.spool.support.ScanCall;
import dev.spool.support.SpoolDirectory;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * The owner's engine: one database, behind a slot that lets it be opened again underneath, one
 * {@link Committer}, and an {@link Upkeep} for what takes long. Here they are put together, and
 * called; what each does is said where it is.
 *
 * <p>What fails is reported by whoever sees it. A handle on which a write has failed is replaced:
 * by the recovery after a fatal failure, and at once by the committer when there was no room, so
 * that removals go on. A replaced database is read from its log, and what was read is written to a
 * new, synced file before RocksDB gives the log up.
 */
final class RocksEngine implements Engine, Inspection.Inspectable {
  private static final Duration OWN_WRITE = Duration.ofSeconds(60);
  private static final Duration LEAST_TO_STOP = Duration.ofSeconds(10);
  private static final byte[] PROBE = new byte[32];

  private final EngineContext context;
  private final RocksLayout layout;
  private final SpoolDirectory directory;
  private final Disk disk;
  private final DbSlot slot;
  private final RocksReader reader;
  private final SyncedSequence synced;
  private final TableWatch tables;
  private final DamagedTables damaged;
  private final Compactions compactions;
  private final Shortage shortage;
  private final Reopening reopening;
  private final Committer committer;
  private final FullCompaction fullCompaction;
  private final MemoryAdvice memoryAdvice;
  private final BackgroundErrors background;
  private final EngineFigures figures;
  private final UpkeepRound round;
  private final Upkeep upkeep;
  private final Reclaiming reclaiming;
  private final Upkeep reclaimer;

  /** Puts an engine together around a database that is open; see {@link Opening}. */
  RocksEngine(
      EngineContext context,
      RocksSettings settings,
      SpoolDirectory directory,
      DatabaseOpening opening,
      DbHandle handle,
      SyncedSequence synced,
      Ballast ballast,
      DatabaseFiles.Census files) {
    this.context = context;
    this.directory = directory;
    this.disk = directory.disk();
    this.synced = synced;
    layout = new RocksLayout(directory.path());
    Path database = layout.database();
    slot = new DbSlot("the database in " + database, handle, settings.patience());
    compactions = new Compactions(work -> context.threads().thread("giving-up", work).start());
    reader = new RocksReader(database, slot, context);
    damaged = new DamagedTables(disk, database);
    tables =
        new TableWatch(
            context,
            database,
            new MissingTables(disk, database),
            new MissingLogs(disk, database),
            opening.manifest());
    shortage = new Shortage(context, ballast, settings.ballast(), this::wakeUpkeep);
    reopening =
        new Reopening(
            context, database, slot, opening, synced, tables, damaged, compactions, shortage);
    WriteFailures failures = new WriteFailures(context, shortage, reopening, damaged);
    committer = new Committer(context, slot, settings.writes(), synced, failures);
    fullCompaction =
        new FullCompaction(context, disk, database, slot, compactions, tables, failures);
    memoryAdvice =
        new MemoryAdvice(
            context, database, slot, compactions, tables, failures, reopening, committer);
    background = new BackgroundErrors(context, slot, failures, reopening);
    figures = new EngineFigures(disk, database, slot, committer, background, files);
    round =
        new UpkeepRound(
            context, slot, background, shortage, reopening, figures, settings.patience());
    upkeep = new Upkeep(context, "upkeep", this::upkeepRound);
    reclaiming =
        new Reclaiming(context, slot, compactions, tables, failures, () -> space().usableBytes());
    reclaimer = new Upkeep(context, "reclaiming", this::reclaim);
  }

  private void upkeepRound() throws IOException {
    round.run(upkeep::isStopping);
    DbLease lease = slot.tryLease();
    if (lease != null) {
      try (lease) {
        tables.lookAtManifest(lease.db());
      }
    }
  }

  private void reclaim() throws IOException, RocksDBException {
    reclaiming.run(reclaimer::isStopping);
  }

  private void wakeUpkeep() {
    upkeep.wake();
  }

  /** Starts its threads. */
  void start() {
    committer.start();
    upkeep.start();
    reclaimer.start();
  }

  @Override
  public void opened() {
    if (synced.isUntouched()) {
      boolean unused =
          Threads.call(
              context,
              () -> {
                reopening.opened();
                return true;
              });
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
  public void loadAll(List<SpoolId> ids, LoadResults results) {
    reader.loadAll(ids, results);
  }

  @Override
  public byte @Nullable [] loadFromMemory(SpoolId id) {
    return reader.loadFromMemory(id);
  }

  @Override
  public void scan(ScanCall scan) {
    reader.scan(scan);
  }

  // Recovery

  @Override
  public void recover() throws IOException {
    DbHandle now = slot.current();
    if (now == null
        || now.barred() != null
        || BackgroundErrors.of(now) > 0
        || tables.wereLogsMissing(now)) {
      reopening.reopen(now);
    } else {
      tables.require(now);
    }
  }

  @Override
  public void probe() throws IOException {
    shortage.requireBallast();
    try (DbLease lease = slot.requireWritable()) {
      tables.require(lease.db());
      damaged.requireWhole(lease.db());
    }
    writeOwn((batch, lease) -> batch.putLogData(PROBE), "probing the log");
    reader.repeatFailed();
  }

  private void writeOwn(OwnWrite.Content content, String tried) {
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
    tables.failIfAny(tables.look(slot));
    return new CleanupReport(0, 0, Duration.ofNanos(System.nanoTime() - begun));
  }

  @Override
  public CompactionReport compact() throws IOException {
    return fullCompaction.run();
  }

  @Override
  public long adviseLowMemory() throws IOException {
    return memoryAdvice.take();
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
    return figures.read();
  }

  @Override
  public RocksDiagnostics inspect() throws IOException {
    try (DbLease lease = slot.lease()) {
      return Inspection.of(disk, layout.database(), lease, background.seen());
    }
  }

  // The end

  @Override
  public void closing() {
    compactions.end();
  }

  /**
   * Takes a while even when the deadline has passed: whoever waited has been told then, and a
   * database that can be closed now shall not stay locked until the process ends.
   */
  @Override
  public void stop(Deadline allowed) throws IOException {
    Deadline deadline =
        allowed.remaining().compareTo(LEAST_TO_STOP) < 0 ? Deadline.after(LEAST_TO_STOP) : allowed;
    SpoolException failure = null;
    compactions.end();
    boolean ended = upkeep.stop(deadline.remaining());
    ended &= reclaimer.stop(deadline.remaining());
    try {
      ended &= committer.stop(deadline);
    } catch (SpoolException e) {
      failure = e;
    }
    if (!ended) {
      throw reopening.left("a thread that is writing or compacting");
    }
    failure = Reopening.also(failure, reopening.close(deadline));
    reader.close();
    try (directory) {
      synced.close();
    }
    if (failure != null) {
      throw failure;
    }
  }
}
