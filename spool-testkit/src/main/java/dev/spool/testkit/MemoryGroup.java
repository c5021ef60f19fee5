package dev.spool.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A group of processes that may have so much memory and no more: a cgroup, of either version.
 * Beyond that the kernel kills one of them.
 */
final class MemoryGroup implements AutoCloseable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private final Path directory;

  private MemoryGroup(Path directory) {
    this.directory = directory;
  }

  /** Makes one; it is {@link Required}. */
  static MemoryGroup make(long bytes) throws IOException {
    boolean first = Files.isDirectory(ROOT.resolve("memory"));
    Path parent = first ? ROOT.resolve("memory") : ROOT;
    Path made = parent.resolve("spool-test-" + ProcessHandle.current().pid());
    Required.granted(Files.isWritable(parent), "not root, or no cgroups for memory here");
    MemoryGroup group;
    try {
      group = new MemoryGroup(Files.createDirectory(made));
    } catch (IOException e) {
      Required.granted(false, "no cgroup can be made here: " + e);
      throw e;
    }
    Path limit = made.resolve(first ? "memory.limit_in_bytes" : "memory.max");
    if (!Files.isWritable(limit)) {
      group.close();
      Required.granted(false, "a cgroup has no limit of memory here");
    }
    Files.writeString(limit, Long.toString(bytes));
    return group;
  }

  /** Returns the file that a process writes its number to, to be one of them. */
  Path processes() {
    return directory.resolve("cgroup.procs");
  }

  @Override
  public void close() throws IOException {
    Files.delete(directory); // its files are the kernel's
  }
}
