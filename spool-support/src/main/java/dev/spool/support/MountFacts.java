package dev.spool.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What Linux says of a mounted file system, in {@code /proc/self/mountinfo} and {@code /sys}.
 *
 * @param device its device, such as {@code 253:0}
 * @param type such as {@code ext4}
 * @param options its own, not those of the mount
 */
record MountFacts(String device, String type, List<String> options) {
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  /**
   * Returns those of the file system that holds {@code directory}.
   *
   * @throws NoSuchFileException if it is not listed, as one without a device of its own
   */
  static MountFacts of(Path directory) throws IOException {
    String device = device(directory);
    for (String line : Files.readAllLines(MOUNTS, StandardCharsets.ISO_8859_1)) {
      MountFacts facts = parse(line);
      if (facts != null && facts.device.equals(device)) {
        return facts;
      }
    }
    throw new NoSuchFileException(directory.toString());
  }

  /** Returns the device of the file system that holds {@code directory}. */
  static String device(Path directory) throws IOException {
    return device(((Number) Files.getAttribute(directory, "unix:dev")).longValue());
  }

  /** As in {@code makedev(3)}. */
  static String device(long number) {
    long major = (number >>> 8 & 0xfff) | (number >>> 32 & ~0xfffL);
    long minor = (number & 0xff) | (number >>> 12 & ~0xffL);
    return major + ":" + (minor & 0xffffffffL);
  }

  /** Reads a line: see proc(5). Null if it is none. */
  static @Nullable MountFacts parse(String line) {
    List<String> fields = Arrays.asList(line.split(" "));
    int end = fields.indexOf("-"); // of the optional ones
    if (end < 6 || fields.size() < end + 4) {
      return null;
    }
    return new MountFacts(
        fields.get(2), fields.get(end + 1), List.of(fields.get(end + 3).split(",")));
  }

  /**
   * Tells whether {@code syncfs} brings everything that was written to this file system onto its
   * device, has the device's cache flushed behind that (see below), and tells what failed. Of these
   * it was tried, and measured. An ext4 without a journal writes its inodes behind the flush; one
   * that goes on after an error drops contents for which it could not find a block, and tells only
   * who forces that one file. A device of an XFS for realtime is not flushed. An XFS may leave out
   * the flush for a file whose inode was forced before: only with a rename and a force of its
   * directory behind it is what was written durable there.
   */
  boolean forcesAllByOneCall() throws IOException {
    return switch (type) {
      case "ext4" -> hasJournal() && endsByAnError();
      case "xfs" -> options.stream().noneMatch(option -> option.startsWith("rtdev="));
      default -> false;
    };
  }

  private boolean hasJournal() throws IOException {
    Path task = Path.of("/sys/fs/ext4", name(), "journal_task");
    return !Files.readString(task, StandardCharsets.US_ASCII).startsWith("<none>");
  }

  /** The options of the mount do not say it where it is what the file system has been made for. */
  private boolean endsByAnError() throws IOException {
    Path all = Path.of("/proc/fs/ext4", name(), "options");
    List<String> found = Files.readAllLines(all, StandardCharsets.ISO_8859_1);
    return found.contains("errors=remount-ro") || found.contains("errors=panic");
  }

  private String name() throws IOException {
    Path name = Path.of("/sys/dev/block", device).toRealPath().getFileName();
    return String.valueOf(name);
  }
}
