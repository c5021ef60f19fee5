package dev.spool.support;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens {@link DiskSync}s that are {@code syncfs} of Linux, where that is known to wait for the
 * device, to flush its cache, and to tell what failed, and where it has little else to write.
 *
 * <p>It tells of a failed write to each descriptor that was open when the write failed, since Linux
 * 5.8 (<a href="https://man7.org/linux/man-pages/man2/syncfs.2.html">syncfs(2)</a>), and of a
 * failure of the file system itself since 5.17. It does not take the errors from the files, which
 * tell of their own.
 *
 * <p>Thread-safe.
 */
final class FileSystemSyncs {
  /**
   * When so much waits to be written in this whole machine, a part of it may be on this file
   * system, and would be waited for.
   */
  private static final long MOST_DIRTY_KIB = 512 << 10;

  /** What takes longer has waited for more than the files of a spool. */
  private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** How many times as long as such a one none is opened: so little time is lost by them. */
  private static final int REST = 20;

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** How long it is taken for suitable: it can be mounted anew with other options. */
  private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long none is opened after one has failed. */
  private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");

  private static final boolean TELLS_FAILURES = tellsFailures();

  private final Logger log;

  /** Written under the lock of this object. */
  private volatile long notBefore = System.nanoTime();

  /** When the next failure is told. */
  @GuardedBy("this")
  private long tellAgain = System.nanoTime();

  private volatile long dirtyAt = System.nanoTime() - LOOK_NANOS;
  private volatile boolean tooDirty;

  /**
   * The directory that was asked for last, the device of its file system, whether that was
   * suitable, and when.
   */
  private volatile @Nullable Known known;

  private record Known(Path directory, String device, boolean suitable, long since) {}

  /** Whether the C library can be called; found out when it is needed first. */
  private static final class Library {
    static final boolean PRESENT = NativeCalls.tellInodes();
  }

  FileSystemSyncs() {
    this(LoggerFactory.getLogger(FileSystemSyncs.class));
  }

  FileSystemSyncs(Logger log) {
    this.log = log;
  }

  /** Opens one; null if that is better not done. */
  @Nullable DiskSync open(Path directory) {
    if (!TELLS_FAILURES || !Library.PRESENT || isResting(System.nanoTime())) {
      return null;
    }
    Known facts = facts(directory);
    if (!facts.suitable || isTooDirty()) {
      return null;
    }
    Sync sync = new Sync(directory, facts.device); // first: there may be no memory for it
    sync.descriptor = NativeCalls.openDirectory(directory);
    return sync.descriptor < 0 ? null : sync;
  }

  private static boolean tellsFailures() {
    return "Linux".equals(System.getProperty("os.name"))
        && isRecent(String.valueOf(System.getProperty("os.version")));
  }

  static boolean isRecent(String kernel) {
    Matcher version = VERSION.matcher(kernel);
    if (!version.matches()) {
      return false;
    }
    int major = Integer.parseInt(version.group(1));
    return major > 5 || (major == 5 && Integer.parseInt(version.group(2)) >= 17);
  }

  private Known facts(Path directory) {
    Known now = known;
    long looked = System.nanoTime();
    if (now == null || !now.directory.equals(directory) || looked - now.since > KNOWN_NANOS) {
      String device = "";
      boolean suitable = false;
      try {
        MountFacts facts = MountFacts.of(directory);
        device = facts.device();
        suitable = facts.forcesAllByOneCall();
      } catch (IOException | RuntimeException e) {
        // then it is not known to be
      }
      now = new Known(directory, device, suitable, looked);
      known = now;
    }
    return now;
  }

  /**
   * Whether it is the device still. Where another file system was mounted over the directory
   * meanwhile, that may be where files were written.
   */
  private boolean isOn(String device, Path directory) {
    try {
      if (MountFacts.device(directory).equals(device)) {
        return true;
      }
    } catch (IOException | RuntimeException e) {
      // then it is not known to be
    }
    known = null;
    return false;
  }

  boolean isResting(long now) {
    return now - notBefore < 0;
  }

  /**
   * Takes note of how one has ended.
   *
   * @param error its number; 0 if it has succeeded
   */
  void ended(Path directory, int error, long begun, long ended) {
    boolean tell = false;
    synchronized (this) {
      if (error != 0) {
        rest(ended + PAUSE_NANOS);
        tell = ended - tellAgain >= 0;
        tellAgain = tell ? ended + PAUSE_NANOS : tellAgain;
      } else if (ended - begun > LONG_NANOS) {
        rest(ended + REST * (ended - begun));
      }
    }
    if (tell) {
      log.warn(
          "the files of {} could not be synced together, and are synced one by one for a minute:"
              + " error {} ({})",
          directory,
          error,
          NativeCalls.strerror(error));
    }
  }

  /** None that ends later shortens it. */
  @GuardedBy("this")
  private void rest(long until) {
    if (until - notBefore > 0) {
      notBefore = until;
    }
  }

  private boolean isTooDirty() {
    long now = System.nanoTime();
    if (now - dirtyAt >= LOOK_NANOS) {
      dirtyAt = now;
      tooDirty = dirtyKib() > MOST_DIRTY_KIB;
    }
    return tooDirty;
  }

  /** What the kernel has to write, or is writing, in KiB; a great deal if it does not say. */
  private static long dirtyKib() {
    long sum = 0;
    int found = 0;
    try (BufferedReader lines =
        Files.newBufferedReader(Path.of("/proc/meminfo"), StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null && found < 2; line = lines.readLine()) {
        if (line.startsWith("Dirty:") || line.startsWith("Writeback:")) {
          sum += Long.parseLong(line.replaceAll("\\D", ""));
          found++;
        }
      }
    } catch (IOException | RuntimeException e) {
      return Long.MAX_VALUE;
    }
    return found == 2 ? sum : Long.MAX_VALUE;
  }

  /** One of them. */
  private final class Sync implements DiskSync {
    private final Path directory;
    private final String device;
    private int descriptor;

    Sync(Path directory, String device) {
      this.directory = directory;
      this.device = device;
    }

    @Override
    public boolean force() {
      long begun = System.nanoTime();
      int error = NativeCalls.syncFileSystem(descriptor);
      ended(directory, error, begun, System.nanoTime());
      return error == 0 && isOn(device, directory);
    }

    @Override
    public void close() {
      NativeCalls.close(descriptor);
    }
  }
}
