package dev.spool.bench.workload;

import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Place;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Opens an empty store and closes it, before the one that is measured: classes are loaded then, and
 * a native library is unpacked, which some peers do each time, and no store needs to for its
 * messages.
 */
final class OpenedOnce {
  private OpenedOnce() {}

  static void beside(EngineType type, Place place) throws Exception {
    Path parent = place.directory().toAbsolutePath().getParent();
    Path directory = Files.createTempDirectory(parent, "opened-once-");
    try {
      type.opener().open(new Place(directory, 0, 0)).close();
      Machine.sync(directory);
    } finally {
      FileTree.delete(directory);
    }
  }
}
