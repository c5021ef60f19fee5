package dev.spool.rocksdb;

import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.EngineContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the last sequence number that is known to be on stable storage, beside the database.
 *
 * <p>RocksDB drops everything behind a damaged record of its log, and says nothing: after an
 * ordinary power cut that is right, since what was not synced may be torn. Whether it dropped what
 * <em>was</em> synced is told by this number: it is written after each sync, and not forced itself,
 * so it may be too low, never too high.
 *
 * <pre>
 *   0        8                 16        20
 *   +--------+-----------------+---------+
 *   | magic  | sequence number | CRC32C  |   big-endian; the checksum covers what is before it
 *   +--------+-----------------+---------+
 * </pre>
 *
 * <p>Written in place, within one sector. A file that cannot be read counts as 0: it is a
 * safeguard, and no reason to refuse a database that is whole. Belongs to one thread at a time.
 */
final class SyncedSequence implements AutoCloseable {
  static final long MAGIC = 0x5370_6F6F_6C53_6571L; // SpoolSeq
  static final int LENGTH = 20;
  private static final int CHECKED = 16;
  private static final String LOST = "rocksdb-lost";

  private final DiskFile file;
  private final ByteBuffer buffer = ByteBuffer.allocate(LENGTH);
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
    refuseSpecial(disk, path);
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
    refuseSpecial(disk, path);
    DiskFile file = disk.openWrite(path);
    try {
      return new SyncedSequence(file, read(file));
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** A link is not followed, a pipe would be waited for. */
  private static void refuseSpecial(Disk disk, Path path) throws IOException {
    if (!disk.facts(path).regularFile()) {
      throw new FileSystemException(path.toString(), null, "not a regular file");
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
    boolean whole = buffer.getLong(0) == MAGIC && buffer.getInt(CHECKED) == checksum(buffer);
    return whole ? buffer.getLong(8) : 0;
  }

  private static int checksum(ByteBuffer buffer) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.duplicate().position(0).limit(CHECKED));
    return (int) crc.getValue();
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
    buffer.clear();
    buffer.putLong(MAGIC).putLong(sequence);
    buffer.putInt(checksum(buffer));
    file.write(buffer.flip(), 0);
    recorded = sequence;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
