package dev.spool.filesystem;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.MessageCorruptException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import dev.spool.support.Disk;
import dev.spool.support.DiskSpace;
import dev.spool.support.Engine;
import dev.spool.support.EngineContext;
import dev.spool.support.ScanCall;
import dev.spool.support.SpoolDirectory;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One file per message. This class puts the parts together: a store goes from {@link WriteOrder} to
 * {@link Writers}, which fill and force a temporary file, and to the {@link Committer}, which gives
 * it its name in {@link MessageFiles} and forces that; a load is {@link MessageReader}, a scan
 * {@link FileScan}.
 *
 * <p>Nothing is kept open between calls, so that there is nothing to reopen after a failure.
 */
final class FileEngine implements Engine {
  /** Messages that are buffered and not forced yet: what a shutdown has to do at most. */
  private static final int MOST_BUFFERED = 16_384;

  private final SpoolDirectory directory;
  private final Disk disk;
  private final boolean readOnly;
  private final EngineContext context;
  private final FileLayout layout;
  private final FailedPlaces failedPlaces;
  private final Faults faults;
  private final DirectoryForces forces;
  private final MessageFiles files;
  private final MessageReader reader;
  private final Presence presence;
  private final TemporaryFiles temporaries;
  private final BufferedFiles buffered = new BufferedFiles(MOST_BUFFERED);
  private final RecycledFiles recycled;
  private final WriteOrder order = new WriteOrder();
  private final Committer committer;
  private final Writers writers;

  /** Held by one at a time: two of the same message would take each other's files for their own. */
  private final Object quarantines = new Object();

  /** Written while opening. */
  private int swept;

  FileEngine(
      SpoolDirectory directory,
      EngineContext context,
      int writers,
      RecycledFiles recycled,
      boolean readOnly) {
    this.directory = directory;
    this.disk = directory.disk();
    this.readOnly = readOnly;
    this.context = context;
    this.layout = new FileLayout(directory.path());
    this.recycled = recycled;
    this.failedPlaces = new FailedPlaces(disk);
    this.presence = new Presence(disk, layout, directory.marker(), readOnly);
    this.faults = new Faults(context, layout, failedPlaces, presence, recycled);
    this.forces = new DirectoryForces(disk, layout, failedPlaces, recycled);
    this.files = new MessageFiles(disk, layout, failedPlaces, recycled, forces);
    this.reader = new MessageReader(disk, recycled.readers());
    this.temporaries = new TemporaryFiles(disk, layout, faults, presence, recycled);
    this.committer =
        new Committer(
            layout,
            files,
            forces,
            presence,
            temporaries,
            buffered,
            recycled,
            order,
            context,
            faults);
    this.writers =
        new Writers(disk, layout, temporaries, buffered, context, faults, writers, committer);
  }

  /** Makes everything ready; to be called once, before everything else. */
  void open() throws IOException {
    if (readOnly) {
      files.refuseLinkedData();
    } else {
      files.open();
      swept = temporaries.open();
      committer.start();
    }
  }

  @Override
  public void write(WriteCall call) {
    PendingWrite write = new PendingWrite(call);
    order.enter(write);
    if (write.isRemoval()) {
      committer.add(write);
    } else {
      writers.add(write);
    }
  }

  @Override
  public byte[] load(SpoolId id) {
    Path file = layout.file(id);
    try {
      if (!files.hasDirectory(FileLayout.slot(id))) {
        throw new NoSuchFileException(file.toString());
      }
      return reader.read(file, id);
    } catch (NoSuchFileException e) {
      throw faults.notFound(file, id);
    } catch (IOException e) {
      throw faults.reading("cannot read", file, e);
    } catch (Damage e) {
      faults.damaged(file, e.error());
      throw new MessageCorruptException(id, file.toString(), e.error());
    }
  }

  @Override
  public void scan(ScanCall scan) {
    new FileScan(disk, layout, files, presence, reader, faults, context, scan).run();
  }

  /** There is nothing to clean: directories are never removed, temporary files only at opening. */
  @Override
  public CleanupReport cleanup() {
    return new CleanupReport(0, 0, Duration.ZERO);
  }

  /** There is nothing to compact; what is buffered is forced. */
  @Override
  public CompactionReport compact() {
    forceEverything(null);
    return CompactionReport.NONE;
  }

  /** There are no caches; what is buffered is forced. */
  @Override
  public long adviseLowMemory() {
    if (!readOnly) {
      forceEverything(null);
    }
    return 0;
  }

  private void forceEverything(@Nullable Deadline deadline) {
    SpoolException failure = writers.forceBuffered(deadline);
    BitSet changed = forces.changedSlots();
    for (int slot = changed.nextSetBit(0); slot >= 0; slot = changed.nextSetBit(slot + 1)) {
      if (deadline != null && deadline.isExpired()) {
        int left = changed.get(slot, FileLayout.SLOTS).cardinality();
        throw notClosedInTime("changes in " + left + " directories not synced", failure);
      }
      SpoolException failed = force(slot);
      failure = failed == null ? failure : failed;
    }
    try {
      if (!forces.forceSlotNames()) { // behind them: one may have been made again
        failure = faults.lost(layout.data());
      }
    } catch (IOException | RuntimeException | Error e) {
      failure = faults.forcingDirectory(layout.data(), e);
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Returns the failure, or null; the slot's own name is another matter. */
  private @Nullable SpoolException force(int slot) {
    Path path = layout.directory(slot);
    long change = forces.lastChange(slot);
    try {
      forces.force(slot);
    } catch (IOException | RuntimeException | Error e) {
      return faults.forcingDirectory(path, e);
    }
    return forces.isForced(slot, change) ? null : faults.lost(path);
  }

  @Override
  public void quarantine(SpoolId id, Path directory) {
    synchronized (quarantines) {
      new Quarantine(disk, layout, files, forces, reader, faults).move(id, directory);
    }
  }

  @Override
  public void probe() throws IOException {
    presence.check();
    if (!readOnly) {
      temporaries.probe();
      // Somebody may have made the directory of messages again, and not forced its name.
      disk.forceDirectory(layout.root());
      files.proveSlotNames();
    }
    failedPlaces.repeat(readOnly ? directory -> {} : files::prove);
    files.proveLostSlots(); // behind them: most are among these
  }

  /** A spool that sheds keeps nothing to be written over: that may be the room that it lacks. */
  @Override
  public DiskSpace space() throws IOException {
    if (context.health().refusal() != null) {
      temporaries.discardRecycled();
    }
    return disk.space(layout.root());
  }

  @Override
  public List<Figure> figures() {
    return List.of(
        counter("files.stored", "files", committer.stores(), "Files that were given a name."),
        counter("files.removed", "files", committer.removals(), "Files that were removed."),
        counter(
            "files.recycled",
            "files",
            recycled.reused(),
            "Files of removed messages that new ones were written over."),
        counter("commit.groups", "", committer.groups(), "Groups of writes that were committed."),
        counter("directory.forces", "", committer.directoryForces(), "Forces of slot directories."),
        counter("file.forces", "", writers.forces(), "Forces of single files."),
        counter(
            "files.forced.together",
            "files",
            writers.forcedAtOnce(),
            "Files that were forced with others by one call for the whole file system."),
        new Figure(
            "buffered.files",
            Kind.GAUGE,
            "files",
            buffered.size(),
            "Files that were stored without sync, and have not been synced since."),
        counter(
            "buffered.at.risk",
            "messages",
            writers.atRisk(),
            "Messages stored without sync whose later sync failed."),
        counter(
            "temporary.swept", "files", swept, "Temporary files that the opening has deleted."));
  }

  private static Figure counter(String name, String unit, long value, String description) {
    return new Figure(name, Kind.COUNTER, unit, value, description);
  }

  /**
   * All calls have left, so that the threads have nothing to do but to end; they are waited for
   * however long that takes, since the directory is given up last, when nobody can touch it.
   */
  @Override
  public void stop(Deadline deadline) {
    try {
      if (!readOnly) {
        writers.stop();
        committer.stop();
        boolean unused = Thread.interrupted(); // it would close the next file that is to be forced
        temporaries.discardRecycled();
        forceEverything(deadline);
      }
    } finally {
      directory.close();
    }
  }

  private SpoolException notClosedInTime(String left, @Nullable SpoolException earlier) {
    SpoolException late =
        new SpoolException(
            "the spool was not closed in time",
            "spool " + context.name() + " at " + layout.root() + ": " + left,
            Outcome.UNKNOWN,
            null);
    if (earlier != null) {
      late.addSuppressed(earlier);
    }
    return late;
  }
}
