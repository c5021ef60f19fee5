package dev.spool.rocksdb;

import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The shape of the small files that the spool keeps beside the database: a few numbers, of which it
 * can be told whether they are those that were written.
 *
 * <pre>
 *   0        8          16             8 + 8n    12 + 8n
 *   +--------+----------+-- ... -------+---------+
 *   | magic  | number 1 | … number n   | CRC32C  |   big-endian; the checksum covers what is before it
 *   +--------+----------+-- ... -------+---------+
 * </pre>
 *
 * <p>Within one sector, so that they can be written in place.
 */
final class CheckedNumbers {
  private CheckedNumbers() {}

  /** Returns how long a file of that many numbers is, in bytes. */
  static int length(int count) {
    return Long.BYTES * (1 + count) + Integer.BYTES;
  }

  /** Returns what to write. */
  static ByteBuffer of(long magic, long... numbers) {
    ByteBuffer buffer = ByteBuffer.allocate(length(numbers.length)).putLong(magic);
    for (long number : numbers) {
      buffer.putLong(number);
    }
    return buffer.putInt(checksum(buffer)).flip();
  }

  /**
   * Returns the numbers that were read, from 0 on in {@code buffer}; null if they are not what was
   * written under that magic.
   */
  static long @Nullable [] read(ByteBuffer buffer, long magic, int count) {
    buffer.rewind();
    boolean known = buffer.getLong() == magic;
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = buffer.getLong();
    }
    int expected = checksum(buffer);
    return known && buffer.getInt() == expected ? numbers : null;
  }

  /** Returns the checksum of what is before the buffer's position. */
  private static int checksum(ByteBuffer buffer) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.duplicate().flip());
    return (int) crc.getValue();
  }

  /** Refuses what is no file: a link is not followed, a pipe would be waited for. */
  static void requireFile(Disk disk, Path path) throws IOException {
    if (!disk.facts(path).regularFile()) {
      throw new FileSystemException(path.toString(), null, "not a regular file");
    }
  }
}
