package dev.spool.bench.workload;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Scanner;
import java.util.stream.Stream;

/** What Linux counts: bytes that reached a block device, memory of this process. */
public final class Machine {
  private static final long SECTOR = 512;
  private static final long SETTLED_BYTES = 1 << 20;
  private static final Duration SETTLING = Duration.ofMillis(300);
  private static final Duration SETTLED_AFTER = Duration.ofSeconds(15);

  private Machine() {}

  /** Writes all that is buffered for the file system of a directory. */
  public static void sync(Path directory) throws IOException, InterruptedException {
    Process sync = new ProcessBuilder("sync", "-f", directory.toString()).inheritIO().start();
    if (sync.waitFor() != 0) {
      throw new IOException("sync -f " + directory + " failed");
    }
  }

  /**
   * Waits until nothing much is written any more: a store may have begun something when it opened.
   */
  static void settle(Path directory) throws IOException, InterruptedException {
    long end = System.nanoTime() + SETTLED_AFTER.toNanos();
    long written = SETTLED_BYTES;
    while (written >= SETTLED_BYTES && System.nanoTime() < end) {
      sync(directory);
      long before = writtenToDevice(directory).orElse(0);
      Thread.sleep(SETTLING.toMillis());
      sync(directory);
      written = writtenToDevice(directory).orElse(0) - before;
    }
  }

  /**
   * Drops the page cache, which takes root.
   *
   * @throws IOException if this user may not
   */
  static void dropCaches(Path directory) throws IOException, InterruptedException {
    sync(directory);
    Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3");
  }

  /** Bytes that were ever written to the block device under a directory; empty if there is none. */
  public static OptionalLong writtenToDevice(Path directory) throws IOException {
    long device = ((Number) Files.getAttribute(directory, "unix:dev")).longValue();
    // As the C library packs the two numbers (makedev in sys/sysmacros.h).
    long major = ((device >>> 8) & 0xFFF) | ((device >>> 32) & ~0xFFFL);
    long minor = (device & 0xFF) | ((device >>> 12) & ~0xFFL);
    Path stat = Path.of("/sys/dev/block/%d:%d/stat".formatted(major, minor));
    if (Files.notExists(stat)) {
      return OptionalLong.empty();
    }
    // The seventh number is sectors written (Documentation/block/stat.rst of Linux).
    try (Scanner numbers = new Scanner(stat, StandardCharsets.US_ASCII)) {
      for (int i = 0; i < 6; i++) {
        long unused = numbers.nextLong();
      }
      return OptionalLong.of(numbers.nextLong() * SECTOR);
    }
  }

  /** The most memory that this process had resident, in bytes. */
  static long peakResidentBytes() throws IOException {
    return status("VmHWM:");
  }

  /** The memory that this process has resident, in bytes. */
  public static long residentBytes() throws IOException {
    return status("VmRSS:");
  }

  /** The same without garbage: the collector gives back what it does not need. */
  static long settledResidentBytes() throws IOException {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return residentBytes();
  }

  private static long status(String name) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0);
    }
  }

  /** Reads all files under a directory, so that they are in the page cache. */
  static void readAll(Path directory) throws IOException {
    byte[] buffer = new byte[1 << 20];
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        try (InputStream in = Files.newInputStream(file)) {
          while (in.read(buffer) >= 0) {}
        }
      }
    }
  }

  /** Bytes that the files under a directory hold. */
  static long diskUsed(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.mapToLong(Machine::size).sum();
    }
  }

  private static long size(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
