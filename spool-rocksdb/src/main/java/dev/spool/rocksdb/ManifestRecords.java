package dev.spool.rocksdb;

import dev.spool.SpoolIOException;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Looks over the records of a manifest, as RocksDB's reader comes by them, for one that it would
 * read for ever: of a kind that is found in recycled logs, behind one that is not. (RocksDB 11.8,
 * and others before it: its {@code log::Reader} does not go on from there.) RocksDB writes no such
 * thing; damage does.
 *
 * <p>The format: blocks of 32 KiB, in which records follow one another: a masked CRC32C of kind and
 * payload (4 bytes, little endian), the payload's length (2 bytes), the kind (1 byte), the payload.
 * Behind a record that does not match its checksum the reader goes on at the next block.
 */
final class ManifestRecords {
  private static final int BLOCK = 32 << 10;
  private static final int HEADER = 7;

  /** The kinds that a manifest has: none, whole, first, middle, last. */
  private static final int MOST = 4;

  private static final int MASK = 0xa282ead8;

  private ManifestRecords() {}

  /**
   * Looks at the manifest of a database before RocksDB does. One that is not there is RocksDB's to
   * tell.
   *
   * @throws SpoolIOException if RocksDB would never come to its end
   * @throws IOException if it cannot be read
   */
  static void requireReadable(Disk disk, Path database) throws IOException {
    try (DiskFile manifest = KnownManifest.open(disk, database)) {
      long strange = manifest == null ? -1 : strange(manifest);
      if (strange >= 0) {
        throw new SpoolIOException(
            "the manifest of the database in "
                + database
                + " is damaged: at byte "
                + strange
                + " there is a record of a kind that no manifest has, which RocksDB would read for"
                + " ever. Put it back from a copy of the spool",
            null);
      }
    }
  }

  /** Returns where there is a record of a kind that no manifest has; -1 if there is none. */
  private static long strange(DiskFile manifest) throws IOException {
    long length = manifest.size();
    ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    for (long at = 0; at < length; at += BLOCK) {
      block.clear().limit((int) Math.min(BLOCK, length - at));
      manifest.readFully(block, at);
      int found = strange(block.flip());
      if (found >= 0) {
        return at + found;
      }
    }
    return -1;
  }

  private static int strange(ByteBuffer block) {
    int at = 0;
    while (at + HEADER <= block.limit()) {
      int length = block.getShort(at + 4) & 0xffff;
      int kind = block.get(at + 6) & 0xff;
      if (kind > MOST) {
        return at;
      }
      int end = at + HEADER + length;
      if (end > block.limit() || block.getInt(at) != checksum(block, at + 6, end)) {
        return -1;
      }
      at = end;
    }
    return -1;
  }

  private static int checksum(ByteBuffer block, int begin, int end) {
    CRC32C crc = new CRC32C();
    crc.update(block.slice(begin, end - begin));
    int value = (int) crc.getValue();
    return Integer.rotateRight(value, 15) + MASK;
  }
}
