package dev.spool.cli.demo;

import dev.spool.Spool;
import dev.spool.Spools;
import dev.spool.filesystem.FileSpool;
import dev.spool.support.SpaceThreshold;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * A spool that is full after a few MiB.
 *
 * @param scheme the backend
 * @param quota how many bytes it takes
 * @param pace how many bytes may be stored in it a second
 * @param opening opens it, new
 */
record SmallSpool(String scheme, long quota, long pace, Function<Setting, Spool> opening) {

  /** Returns one in memory, which counts bytes by itself. */
  static SmallSpool memory() {
    long quota = 4L << 20;
    return new SmallSpool(
        "memory",
        quota,
        Long.MAX_VALUE,
        setting -> Spools.open("memory:demo-fill?maxBytes=" + quota));
  }

  /**
   * Returns one of files, on a disk that is made to look small. It is filled slowly, since a spool
   * looks at the disk once a second.
   */
  static SmallSpool file() {
    long quota = 32L << 20;
    long keptFree = 16L << 20;
    return new SmallSpool(
        "file",
        quota,
        8L << 20,
        setting -> {
          Path directory = setting.path("fill-file");
          return FileSpool.builder(directory)
              .disk(new QuotaDisk(directory, quota + keptFree))
              .minFreeSpace(SpaceThreshold.amount(keptFree))
              .open();
        });
  }

  Spool open(Setting setting) {
    return opening.apply(setting);
  }
}
