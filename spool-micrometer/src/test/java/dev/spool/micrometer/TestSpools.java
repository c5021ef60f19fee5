package dev.spool.micrometer;

import dev.spool.Spool;
import dev.spool.Spools;
import dev.spool.cache.CachingSpool;
import java.nio.file.Path;

/** Spools to be measured. */
final class TestSpools {
  /** The backends, and a cache around the first. */
  static final String[] BACKENDS = {"memory", "file", "rocksdb", "journal", "cache"};

  private TestSpools() {}

  /** Opens a spool, on a disk that may be full. */
  static Spool open(String backend, Path directory) {
    return switch (backend) {
      case "memory" -> Spools.open("memory:" + directory.getFileName());
      case "cache" -> CachingSpool.wrap(open("memory", directory), 1 << 20);
      case "file" -> Spools.open("file:" + directory + "?minFreeSpace=0&minFreeInodes=0");
      case "journal" ->
          Spools.open(
              "journal:" + directory + "?minFreeSpace=0&minFreeInodes=0&segmentSize=256KiB");
      default -> Spools.open("rocksdb:" + directory + "?minFreeSpace=0&minFreeInodes=0&ballast=0");
    };
  }
}
