package dev.spool.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Makes a control group of a test's own below that of this process, where that is permitted. */
final class RealCgroup {
  private RealCgroup() {}

  /** Returns an empty group whose memory can be limited; null if none can be made. */
  static @Nullable Path make() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
        String[] fields = line.split(":", 3);
        Path parent =
            fields[0].equals("0")
                ? Path.of("/sys/fs/cgroup" + fields[2])
                : Path.of("/sys/fs/cgroup/memory" + fields[2]);
        if (fields[0].equals("0") || fields[1].equals("memory")) {
          Path made = make(parent);
          if (made != null) {
            return made;
          }
        }
      }
    } catch (IOException e) {
      return null;
    }
    return null;
  }

  private static @Nullable Path make(Path parent) {
    if (!Files.isRegularFile(parent.resolve("cgroup.procs"))) {
      return null;
    }
    Path group = parent.resolve("spool-test-" + ProcessHandle.current().pid());
    try {
      Files.createDirectory(group);
    } catch (IOException e) {
      return null;
    }
    if (limitFile(group) == null) { // version 2, and not delegated to this process
      try {
        Files.delete(group);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      return null;
    }
    return group;
  }

  static void limit(Path group, long bytes) throws IOException {
    Path file = limitFile(group);
    if (file == null) {
      throw new IOException("no limit for " + group);
    }
    Files.writeString(file, Long.toString(bytes));
  }

  private static @Nullable Path limitFile(Path group) {
    for (String name : new String[] {"memory.limit_in_bytes", "memory.max"}) {
      if (Files.isWritable(group.resolve(name))) {
        return group.resolve(name);
      }
    }
    return null;
  }
}
