package dev.spool.rocksdb;

import dev.spool.Deadline;
import dev.spool.support.Disk;
import dev.spool.support.EngineContext;
import dev.spool.support.SpoolDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Opens a spool of which this process is the owner: its directory and lock, its own files, the
 * database; and makes what a new one lacks. An opening that fails gives back what it had opened.
 */
final class Opening {
  private Opening() {}

  /** Opens a spool, and makes it if there is none. */
  static RocksEngine open(EngineContext context, RocksSettings settings, Path path)
      throws IOException {
    NativeLibrary.load(settings.nativeLibraryDirectory());
    SpoolDirectory directory = directory(settings, path);
    RocksEngine engine = null;
    boolean started = false;
    try {
      engine = open(context, settings, directory);
      engine.start();
      started = true;
      return engine;
    } finally {
      if (engine == null) {
        directory.close();
      } else if (!started) { // no thread can be had
        engine.stop(Deadline.after(Duration.ZERO)); // takes a while nevertheless
      }
    }
  }

  private static SpoolDirectory directory(RocksSettings settings, Path path) throws IOException {
    Disk disk = Disk.system();
    if (settings.adopt()) {
      Adoption.refuseOpenHere(disk, path, settings);
    }
    return settings.adopt()
        ? SpoolDirectory.adopt(
            disk,
            path,
            RocksLayout.SCHEME,
            RocksLayout.VERSION,
            RocksLayout.FEATURES,
            new Adoption(disk, settings))
        : SpoolDirectory.open(
            disk, path, RocksLayout.SCHEME, RocksLayout.VERSION, RocksLayout.FEATURES, false);
  }

  private static RocksEngine open(
      EngineContext context, RocksSettings settings, SpoolDirectory directory) throws IOException {
    Disk disk = directory.disk();
    RocksLayout layout = new RocksLayout(directory.path());
    Ballast ballast = new Ballast(disk, layout.ballast(), settings.ballast());
    DatabaseOpening opening = new DatabaseOpening(context, disk, layout, settings, ballast);
    long recorded = SyncedSequence.peek(disk, layout.synced());
    // Its file says that there was a database: if that is missing now, it was lost, and no new one
    // hides that.
    // One that was damaged may have been set aside just when the process ended.
    boolean create = recorded == 0 && !disk.exists(layout.synced());
    DbHandle handle = null;
    SyncedSequence synced = null;
    try {
      if (create) {
        disk.createDirectories(layout.database());
      }
      handle = opening.open(create);
      synced = opening.openSynced(handle, recorded);
      RocksEngine engine =
          new RocksEngine(
              context,
              settings,
              directory,
              opening,
              handle,
              synced,
              ballast,
              DatabaseFiles.census(disk, layout.database()));
      handle = null;
      synced = null;
      return engine;
    } finally {
      if (handle != null) {
        DatabaseOpening.discard(handle);
      }
      if (synced != null) {
        synced.close();
      }
    }
  }
}
