package dev.spool.cli.demo;

import dev.spool.Spool;
import dev.spool.Spools;
import dev.spool.filesystem.FileSpool;
import dev.spool.support.SpaceThreshold;
import java.nio.file.Path;

/**
 * A spool that is full after a few MiB.
 *
 * @param scheme the backend
 * @param quota in bytes
 */
record SmallSpool(String scheme, long quota) {
  /** What the spool is told to keep free, beside the quota: {@code minFreeSpace}. */
  private static final long KEPT_FREE = 16L << 20;

  static SmallSpool of(String scheme) {
    return new SmallSpool(scheme, scheme.equals("memory") ? 4L << 20 : 32L << 20);
  }

  /**
   * How many bytes may be stored a second: the backends look at the disk once a second, and the
   * demo's is so small that it would be full in between.
   */
  long pace() {
    return scheme.equals("memory") ? Long.MAX_VALUE : 8L << 20;
  }

  /** Opens it, new. */
  Spool open(Setting setting) {
    if (scheme.equals("memory")) {
      return Spools.open("memory:demo-fill?maxBytes=" + quota);
    }
    Path directory = setting.path("fill-" + scheme);
    QuotaDisk disk = new QuotaDisk(directory, quota + KEPT_FREE);
    SpaceThreshold kept = SpaceThreshold.amount(KEPT_FREE);
    return switch (scheme) {
      case "file" -> FileSpool.builder(directory).disk(disk).minFreeSpace(kept).open();
      default -> throw new DemoFailure("the demo cannot fill a spool of " + scheme + ":");
    };
  }
}
