package dev.spool.rocksdb;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolReadOnlyException;
import dev.spool.SpoolStats.Figure;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSpace;
import dev.spool.support.Engine;
import dev.spool.support.EngineContext;
import dev.spool.support.FileFacts;
import dev.spool.support.LoadResults;
import dev.spool.support.ScanCall;
import dev.spool.support.SpoolDirectory;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * Shows a database as it was when it was opened, beside its owner, and writes nothing.
 *
 * <p>Opening reads the manifest, and then the logs. An owner that flushes in between deletes a log
 * whose records the manifest that was read does not have yet: they would be missing, and nothing
 * would say so. An owner adds to its manifest before it deletes anything: so an opening during
 * which the manifest has changed is thrown away, and tried again. All files are opened with the
 * database, and stay readable when they are deleted.
 */
final class ReadOnlyEngine implements Engine, Inspection.Inspectable {
  private static final int ATTEMPTS = 200;
  private static final int LONGEST_NAME = 256;

  private final EngineContext context;
  private final RocksLayout layout;
  private final SpoolDirectory directory;
  private final DbSlot slot;
  private final DbHandle handle;
  private final RocksReader reader;

  /** As it was at the opening. */
  private final DatabaseFiles.Census files;

  private ReadOnlyEngine(
      EngineContext context,
      RocksLayout layout,
      SpoolDirectory directory,
      DbHandle handle,
      DatabaseFiles.Census files) {
    this.files = files;
    this.context = context;
    this.layout = layout;
    this.directory = directory;
    this.handle = handle;
    slot = new DbSlot("the database in " + layout.database(), handle, Duration.ZERO);
    reader = new RocksReader(layout.database(), slot, context);
  }

  /** Opens a spool to read. */
  static ReadOnlyEngine open(EngineContext context, RocksSettings settings, Disk disk, Path path)
      throws IOException {
    NativeLibrary.load(settings.nativeLibraryDirectory());
    SpoolDirectory directory =
        SpoolDirectory.open(
            disk, path, RocksLayout.SCHEME, RocksLayout.VERSION, RocksLayout.FEATURES, true);
    RocksLayout layout = new RocksLayout(directory.path());
    DatabaseFiles.refuseLink(disk, layout.database());
    DatabaseFiles.refuseSpecial(disk, layout.database());
    if (DatabaseFiles.isThere(disk, layout)) {
      new KnownManifest(disk, layout).requireWhole();
    }
    // First: an owner may sync more while the database is being opened.
    long recorded = SyncedSequence.peek(disk, layout.synced());
    DbHandle handle = open(disk, layout, settings);
    ReadOnlyEngine engine = null;
    try {
      boolean unused =
          SyncedSequence.reportMissing(context, recorded, handle.db().getLatestSequenceNumber());
      DatabaseFiles.Census files = DatabaseFiles.census(disk, layout.database());
      engine = new ReadOnlyEngine(context, layout, directory, handle, files);
      return engine;
    } finally {
      if (engine == null) {
        DatabaseOpening.discard(handle);
      }
    }
  }

  /** Opens the database; the native library has been loaded. */
  static DbHandle open(Disk disk, RocksLayout layout, RocksSettings settings) throws IOException {
    Exception last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        Manifest before = Manifest.of(disk, layout.database());
        DbHandle handle = DbHandle.openReadOnly(layout.database(), RocksOptions.ofReader(settings));
        boolean same = false;
        try {
          same = before.equals(Manifest.of(disk, layout.database()));
        } finally {
          if (!same) {
            DatabaseOpening.discard(handle);
          }
        }
        if (same) {
          return handle;
        }
      } catch (RocksDBException | IOException e) {
        // A file that the owner has deleted meanwhile, or a real failure: which, the next attempts
        // tell.
        if (last != null && attempt > ATTEMPTS / 10 && last.toString().equals(e.toString())) {
          throw typed(disk, layout, e);
        }
        last = e;
      }
    }
    throw typed(disk, layout, last);
  }

  private static SpoolException typed(Disk disk, RocksLayout layout, @Nullable Exception last)
      throws IOException {
    String tried = "cannot open the database in " + layout.database() + " read-only";
    if (DatabaseFiles.isLost(disk, layout)) {
      return new SpoolIOException(tried + DatabaseFiles.LOST, last);
    }
    return last instanceof RocksDBException e
        ? RocksFailures.typed(tried, Outcome.NOT_APPLIED, e)
        : new SpoolIOException(
            tried + ": " + (last == null ? "its owner changes it all the time" : last), last);
  }

  /**
   * What tells whether the manifest has changed: it is only added to, or replaced by one of another
   * name.
   */
  private record Manifest(String name, long length) {
    static Manifest of(Disk disk, Path database) throws IOException {
      String name;
      try (DiskFile current = disk.openRead(database.resolve("CURRENT"))) {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(LONGEST_NAME, current.size()));
        current.readFully(buffer, 0);
        name = new String(buffer.array(), StandardCharsets.UTF_8).strip();
      }
      FileFacts facts = disk.facts(database.resolve(name));
      return new Manifest(name, facts.length());
    }
  }

  @Override
  public void write(WriteCall call) {
    if (call.join()) {
      call.fail(refusal());
    }
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

  @Override
  public CleanupReport cleanup() {
    throw refusal();
  }

  @Override
  public CompactionReport compact() {
    throw refusal();
  }

  /** Keeps what it has: it cannot flush, and what its cache holds is bounded. */
  @Override
  public long adviseLowMemory() {
    return 0;
  }

  @Override
  public void quarantine(SpoolId id, Path target) {
    throw refusal();
  }

  private SpoolReadOnlyException refusal() {
    return new SpoolReadOnlyException(context.name());
  }

  /** Proves by reading: it must not write. */
  @Override
  public void probe() {
    reader.repeatFailed();
  }

  @Override
  public DiskSpace space() throws IOException {
    return directory.disk().space(layout.directory());
  }

  @Override
  public List<Figure> figures() {
    try (DbLease lease = slot.lease()) {
      return RocksFigures.read(lease, files);
    }
  }

  @Override
  public RocksDiagnostics inspect() throws IOException {
    try (DbLease lease = slot.lease()) {
      return Inspection.of(
          directory.disk(), layout.database(), lease, RocksDiagnostics.Background.NONE);
    }
  }

  @Override
  public void stop(Deadline deadline) {
    handle.refuse();
    if (!handle.awaitDrained(deadline.remaining())) {
      throw new SpoolException(
          "the spool was not closed in time",
          "the database in "
              + layout.database()
              + " is left open, because of calls that do not come back",
          Outcome.UNKNOWN,
          null);
    }
    try {
      handle.free();
    } catch (RocksDBException e) {
      throw RocksFailures.typed("closing the database", Outcome.NOT_APPLIED, e);
    } finally {
      reader.close();
      directory.close();
    }
  }
}
