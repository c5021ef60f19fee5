package dev.spool.rocksdb;

import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.EngineContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the last sequence number that is known to be on stable storage, beside the database.
 *
 * <p>RocksDB drops everything behind a damaged record of its log, and says nothing: after an
 * ordinary power cut that is right, since what was not synced may be torn. Whether it dropped what
 * <em>was</em> synced is told by this number: it is written after each sync, and not forced itself,
 * so it may be too low, never too high.
 *
 * <p>The file is one of {@link CheckedNumbers}, of one number.
 *
 * <p>Written in place. A file that cannot be read counts as 0: it is a safeguard, and no reason to
 * refuse a database that is whole. Belongs to one thread at a time.
 */
final class SyncedSequence implements AutoCloseable {
  static final long MAGIC = 0x5370_6F6F_6C53_6571L; // SpoolSeq
  private static final int LENGTH = CheckedNumbers.length(1);
  private static final String LOST = "rocksdb-lost";

  private final DiskFile file;
  private long recorded;

  private SyncedSequence(DiskFile file, long recorded) {
    this.file = file;
    this.recorded = recorded;
  }

  /** Returns what the file says, without opening it to write; 0 if there is none. */
  static long peek(Disk disk, Path path) throws IOException {
    if (!disk.exists(path)) {
      return 0;
    }
    CheckedNumbers.requireFile(disk, path);
    try (DiskFile file = disk.openRead(path)) {
      return read(file);
    }
  }

  /**
   * Makes it known if a database does not reach as far as was recorded before it was opened; tells
   * whether that is so.
   */
  static boolean reportMissing(EngineContext context, long recorded, long found) {
    if (found >= recorded) {
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

  /** Opens the file; returns null if there is none. */
  static @Nullable SyncedSequence openIfThere(Disk disk, Path path) throws IOException {
    if (!disk.exists(path)) {
      return null;
    }
    CheckedNumbers.requireFile(disk, path);
    DiskFile file = disk.openWrite(path);
    try {
      return new SyncedSequence(file, read(file));
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Makes the file, durably: from now on the database is expected to be there. */
  static SyncedSequence create(Disk disk, Path path) throws IOException {
    DiskFile file = disk.create(path);
    try {
      SyncedSequence made = new SyncedSequence(file, 0);
      made.write(0);
      file.force(true);
      Path parent = path.getParent();
      if (parent != null) {
        disk.forceDirectory(parent);
      }
      return made;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private static long read(DiskFile file) throws IOException {
    if (file.size() < LENGTH) {
      return 0;
    }
    ByteBuffer buffer = ByteBuffer.allocate(LENGTH);
    file.readFully(buffer, 0);
    long[] numbers = CheckedNumbers.read(buffer, MAGIC, 1);
    return numbers == null ? 0 : numbers[0];
  }

  /** Returns what was recorded last. */
  long recorded() {
    return recorded;
  }

  /** Records that everything up to {@code sequence} has been synced. Does not force. */
  void record(long sequence) throws IOException {
    if (sequence != recorded) {
      write(sequence);
    }
  }

  private void write(long sequence) throws IOException {
    file.write(CheckedNumbers.of(MAGIC, sequence), 0);
    recorded = sequence;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
