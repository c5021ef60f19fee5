package dev.spool.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells how near the process's control group is to its memory limit, beyond which the kernel kills.
 *
 * <p>Groups nest, and the limit of each one above holds too: all levels are read up to the one that
 * is mounted, and the fullest counts. In use is what the group is charged with, less the page cache
 * of files, which the kernel takes back before it kills. Both versions of the interface are read,
 * since a machine may have either, or both at once.
 *
 * <p>Where the process is in the tree is looked up once, at construction. Reading does file calls
 * on files of the kernel. Safe for use by any thread.
 */
final class CgroupMemory {
  /** What the files are called, and how the group's own files are told from its children's. */
  private enum Version {
    V1("memory.usage_in_bytes", "memory.limit_in_bytes", "total_"),
    V2("memory.current", "memory.max", "");

    final String usage;
    final String limit;

    /** Before the names in {@code memory.stat} that include the groups below. */
    final String prefix;

    Version(String usage, String limit, String prefix) {
      this.usage = usage;
      this.limit = limit;
      this.prefix = prefix;
    }
  }

  private record Level(Path directory, Version version) {}

  /** Version 1 writes "no limit" as the largest number of pages; nothing real is near it. */
  private static final long UNLIMITED = Long.MAX_VALUE / 2;

  private final List<Level> levels;

  private CgroupMemory(List<Level> levels) {
    this.levels = levels;
  }

  /** Finds the groups of this process; none where there is no such thing. */
  static CgroupMemory ofThisProcess() throws IOException {
    return of(Path.of("/proc/self"));
  }

  /**
   * Finds the groups of a process.
   *
   * @param process its directory below {@code /proc}, with {@code cgroup} and {@code mountinfo}
   */
  static CgroupMemory of(Path process) throws IOException {
    List<Level> levels = new ArrayList<>();
    try {
      List<String> memberships = lines(process.resolve("cgroup"));
      for (String line : lines(process.resolve("mountinfo"))) {
        Mount mount = Mount.parse(line);
        if (mount != null) {
          addLevels(mount, memberships, levels);
        }
      }
    } catch (NoSuchFileException e) {
      return new CgroupMemory(List.of()); // not Linux
    }
    return new CgroupMemory(List.copyOf(levels));
  }

  private static void addLevels(Mount mount, List<String> memberships, List<Level> levels) {
    for (String membership : memberships) {
      String[] fields = membership.split(":", 3); // ID:CONTROLLERS:PATH
      if (fields.length == 3 && mount.isOf(fields[0], fields[1])) {
        Path group = mount.directoryOf(fields[2]);
        for (Path at = group; at != null && at.startsWith(mount.point); at = at.getParent()) {
          levels.add(new Level(at, mount.version));
        }
      }
    }
  }

  /** Returns the reading of the fullest level; null if none has a limit. */
  @Nullable MemoryReading read() throws IOException {
    MemoryReading fullest = null;
    for (Level level : levels) {
      MemoryReading reading = read(level);
      if (reading != null && (fullest == null || reading.isFullerThan(fullest))) {
        fullest = reading;
      }
    }
    return fullest;
  }

  private static @Nullable MemoryReading read(Level level) throws IOException {
    try {
      String limit = content(level, level.version.limit);
      if (limit.equals("max")) {
        return null;
      }
      long bytes = Long.parseLong(limit);
      if (bytes <= 0 || bytes >= UNLIMITED) {
        return null;
      }
      long charged = Long.parseLong(content(level, level.version.usage));
      return new MemoryReading("control group", Math.max(0, charged - pageCache(level)), bytes);
    } catch (NoSuchFileException e) {
      return null; // the root of the tree has no limit; nor has a tree without this controller
    } catch (NumberFormatException e) {
      throw new IOException("no number in " + level.directory, e);
    }
  }

  private static long pageCache(Level level) throws IOException {
    long sum = 0;
    for (String line : lines(level.directory.resolve("memory.stat"))) {
      String[] fields = line.split(" ", 2);
      if (fields[0].equals(level.version.prefix + "inactive_file")
          || fields[0].equals(level.version.prefix + "active_file")) {
        sum += Long.parseLong(fields[1].strip());
      }
    }
    return sum;
  }

  private static String content(Level level, String file) throws IOException {
    return Files.readString(level.directory.resolve(file)).strip();
  }

  /** Names of mounts may be in any encoding: what is not UTF-8 is none that is sought here. */
  private static List<String> lines(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
  }

  /**
   * A mounted tree of groups that may limit memory.
   *
   * @param root the group that is mounted there: not the topmost one inside many containers
   * @param point where it is mounted
   */
  private record Mount(String root, Path point, Version version) {

    /**
     * Reads a line of {@code mountinfo}: {@code ID PARENT MAJOR:MINOR ROOT POINT OPTIONS … - TYPE
     * SOURCE OPTIONS}. Returns null if it is no such tree.
     */
    static @Nullable Mount parse(String line) {
      int separator = line.indexOf(" - ");
      if (separator < 0) {
        return null;
      }
      String[] before = line.substring(0, separator).split(" ", -1);
      String[] after = line.substring(separator + 3).split(" ", -1);
      if (before.length < 5 || after.length < 3) {
        return null;
      }
      Version version = null;
      if (after[0].equals("cgroup2")) {
        version = Version.V2;
      } else if (after[0].equals("cgroup") && hasMemory(after[2])) {
        version = Version.V1;
      }
      return version == null
          ? null
          : new Mount(unescaped(before[3]), Path.of(unescaped(before[4])), version);
    }

    private static boolean hasMemory(String list) {
      return Arrays.asList(list.split(",")).contains("memory");
    }

    /** The kernel writes a blank in a path as {@code \040}. */
    private static String unescaped(String path) {
      return path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
    }

    boolean isOf(String hierarchy, String controllers) {
      return version == Version.V2 ? hierarchy.equals("0") : hasMemory(controllers);
    }

    /**
     * Returns where the files of a group are. If it does not lie below what is mounted, then what
     * is mounted is this process's own group, as containers have it.
     */
    Path directoryOf(String group) {
      String prefix = root.equals("/") ? "" : root;
      if (group.equals(prefix) || group.startsWith(prefix + "/")) {
        Path below = Path.of(point + group.substring(prefix.length())).normalize();
        if (below.startsWith(point) && Files.isDirectory(below)) {
          return below;
        }
      }
      return point;
    }
  }
}
