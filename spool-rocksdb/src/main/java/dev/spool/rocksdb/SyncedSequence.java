package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.EngineContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last sequence number that is known to be on stable storage, beside the database.
 *
 * <p>RocksDB drops everything behind a damaged record of its log, and says nothing: after an
 * ordinary power cut that is right, since what was not synced may be torn. Whether it dropped what
 * <em>was</em> synced is told by this number: it is written after each sync, and not forced itself,
 * so it may be too low, never too high.
 *
 * <p>The file is one of {@link CheckedNumbers}, of one number, made under another name, and written
 * in place within one sector: so after a kill or a power cut it is what it was, or what was
 * written. A file that is anything else is damaged, and then nobody can tell whether the log is
 * whole: that is said, the file is kept under another name, and a new one is begun. So where it was
 * deleted, which the file of {@link KnownManifest} tells, made after it. Only a file that is blank
 * is none, as long as the database holds nothing.
 *
 * <p>Nothing is touched before {@link #goOn}: as long as a damaged file, or a number that the log
 * does not reach, is there, each opening says so. Thread-safe.
 */
final class SyncedSequence implements AutoCloseable {
  static final long MAGIC = 0x5370_6F6F_6C53_6571L; // SpoolSeq

  /** Follows the file's name, before a number, where a damaged one is kept. */
  private static final String ASIDE = ".damaged-";

  /** Follows the file's name while a new one is made. */
  private static final String FRESH = ".new";

  private static final Logger LOG = LoggerFactory.getLogger(SyncedSequence.class);

  /** In place of what was recorded: the file is there, and holds nothing or zeros. */
  private static final long BLANK = -1;

  /** In place of what was recorded: the file is none that was ever written. */
  private static final long DAMAGED = -2;

  private static final int LENGTH = CheckedNumbers.length(1);

  /** How often a file is read that cannot be understood: its owner may be writing it. */
  private static final int LOOKS = 5;

  private static final Duration PAUSE = Duration.ofMillis(2);
  private static final String LOST = "rocksdb-lost";

  private final Disk disk;
  private final Path path;

  /** Null before {@link #goOn}. */
  @GuardedBy("this")
  private @Nullable DiskFile file;

  @GuardedBy("this")
  private long recorded;

  /**
   * Takes the file over, and leaves it as it is until {@link #goOn}.
   *
   * @param seen what {@link #peek} has returned, after which nobody else has written the file
   */
  SyncedSequence(Disk disk, Path path, long seen) {
    this.disk = disk;
    this.path = path;
    recorded = seen;
  }

  /**
   * Returns what the file says, without opening it to write; 0 if there is none. What cannot be
   * told is a negative number, for {@link #reportMissing} and {@link #goOn}.
   */
  static long peek(Disk disk, Path path) throws IOException {
    long seen = look(disk, path);
    for (int looks = 1; seen < 0 && looks < LOOKS; looks++) {
      LockSupport.parkNanos(PAUSE.toNanos());
      seen = look(disk, path);
    }
    return seen;
  }

  private static long look(Disk disk, Path path) throws IOException {
    long seen = 0;
    if (disk.exists(path)) {
      CheckedNumbers.requireFile(disk, path);
      try (DiskFile file = disk.openRead(path)) {
        seen = read(file);
      }
      if (seen != BLANK) {
        return seen;
      }
    }
    return wasThere(disk, path) ? DAMAGED : seen;
  }

  /** Whether there was such a file, which is blank or missing now. */
  private static boolean wasThere(Disk disk, Path path) throws IOException {
    // A damaged one that was set aside, and no new one was made before the process ended? Or one
    // that somebody has deleted: what is known of the manifest is written later.
    return disk.exists(aside(path, 1))
        || (!disk.exists(path) && disk.exists(path.resolveSibling(RocksLayout.KNOWN_MANIFEST)));
  }

  private static long read(DiskFile file) throws IOException {
    long size = file.size();
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(size, LENGTH));
    file.readFully(buffer, 0);
    if (size >= LENGTH) {
      long[] numbers = CheckedNumbers.read(buffer, MAGIC, 1);
      if (numbers != null && numbers[0] >= 0) {
        return numbers[0];
      }
    }
    boolean zeros = Arrays.equals(buffer.array(), new byte[buffer.capacity()]);
    return zeros && size <= LENGTH ? BLANK : DAMAGED;
  }

  /**
   * Makes it known if a database does not reach as far as was recorded before it was opened, or
   * nobody can tell; tells whether that is so.
   */
  static boolean reportMissing(EngineContext context, long recorded, long found) {
    if (recorded < 0 && isMissing(recorded, found)) {
      context
          .health()
          .degraded(
              LOST,
              "it is unknown whether records that had been synced are missing, or removed messages"
                  + " are back: the file SYNCED, which tells how far the log was synced, is damaged"
                  + " or gone;"
                  + " the log was read up to record "
                  + found
                  + ". If anything else in the spool's directory was damaged or exchanged with it,"
                  + " messages may be lost: look at the device, and at who else writes there");
      return true;
    }
    if (!isMissing(recorded, found)) {
      return false;
    }
    context
        .health()
        .degraded(
            LOST,
            recorded
                - found
                + " records that had been synced are missing: the log is damaged behind record "
                + found
                + ", and was synced up to "
                + recorded);
    return true;
  }

  /** Whether a database does not reach as far as was recorded, or nobody can tell. */
  private static boolean isMissing(long recorded, long found) {
    return recorded == DAMAGED || (recorded == BLANK && found > 0) || found < recorded;
  }

  /** Whether there is no {@link #goOn} yet. */
  synchronized boolean isUntouched() {
    return file == null;
  }

  /**
   * What was missing was made known, and what is stored from now on counts from here; the file is
   * made, durably, if there is none that can be understood: the database is expected to be there
   * from now on. A damaged one is kept, under another name.
   *
   * @param found how far the log reaches
   */
  synchronized void goOn(long found) throws IOException {
    boolean missing = isMissing(recorded, found);
    if (file == null) {
      boolean unused = disk.deleteIfExists(fresh()); // of an opening that was killed
      file = recorded < 0 || !disk.exists(path) ? make(missing ? found : 0) : disk.openWrite(path);
    }
    if (missing) {
      record(found);
    }
  }

  @GuardedBy("this")
  private DiskFile make(long number) throws IOException {
    DiskFile made = disk.create(fresh());
    boolean done = false;
    try {
      made.write(CheckedNumbers.of(MAGIC, number), 0);
      made.force(true);
      setAsideIfDamaged();
      disk.rename(fresh(), path);
      Path parent = path.getParent();
      if (parent != null) {
        disk.forceDirectory(parent);
      }
      recorded = number;
      done = true;
      return made;
    } finally {
      if (!done) {
        made.close();
      }
    }
  }

  /** Whatever it holds is somebody's: it may have been exchanged with a file of the log. */
  private void setAsideIfDamaged() throws IOException {
    if (!disk.exists(path)) {
      return;
    }
    try (DiskFile there = disk.openRead(path)) {
      if (read(there) != DAMAGED) {
        return; // it holds nothing
      }
    }
    int number = 1;
    while (disk.exists(aside(path, number))) {
      number++;
    }
    disk.rename(path, aside(path, number));
    LOG.warn("{} is damaged, and was kept as {}", path, aside(path, number).getFileName());
  }

  private Path fresh() {
    return path.resolveSibling(path.getFileName() + FRESH);
  }

  /** Returns where a damaged one is kept. */
  static Path aside(Path path, int number) {
    return path.resolveSibling(path.getFileName() + ASIDE + number);
  }

  /** Returns what was recorded last. */
  synchronized long recorded() {
    return recorded;
  }

  /**
   * Records that everything up to {@code sequence} has been synced. Does not force. Without effect
   * before {@link #goOn}.
   */
  synchronized void record(long sequence) throws IOException {
    if (file != null && sequence != recorded) {
      file.write(CheckedNumbers.of(MAGIC, sequence), 0);
      recorded = sequence;
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
