package dev.spool.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The locks on files that Linux knows of. Those of {@code flock} and of {@code fcntl} do not see
 * each other, and Java takes only the latter; this list has both. It shows those of processes that
 * this one can see: not those in another container, nor on another machine.
 *
 * <pre>
 *   1: FLOCK  ADVISORY  WRITE 23063 fe:00:2154965 0 EOF      pid, device and inode, range
 *   1: -> FLOCK  ADVISORY  WRITE 23070 fe:00:2154965 0 EOF   one that waits
 * </pre>
 */
final class HeldLocks {
  private static final Path LOCKS = Path.of("/proc/locks");

  /** The device is not compared: some file systems have another one here than their files have. */
  private static final Pattern HELD =
      Pattern.compile("\\d+: +[A-Z]+ +\\S+ +\\S+ +-?\\d+ +[0-9a-f]+:[0-9a-f]+:(\\d+) .*");

  private HeldLocks() {}

  /**
   * Tells whether a process has locked a file.
   *
   * @throws IOException if that could not be found out
   * @throws UnsupportedOperationException if files have no inodes here
   */
  static boolean on(Path file) throws IOException {
    Object inode = Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    return Files.readAllLines(LOCKS).stream()
        .map(HELD::matcher)
        .filter(Matcher::matches)
        .anyMatch(line -> line.group(1).equals(inode.toString()));
  }
}
