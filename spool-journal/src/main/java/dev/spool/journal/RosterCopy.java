package dev.spool.journal;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Which segments there are, as one of the two copies in a roster says it.
 *
 * <pre>
 *   0               4               8               12              16
 *  +-------------------------------+---------------+-------+-------+
 *  | "SPOOLROS"                    | CRC           |version| 0     |
 *  +-------------------------------+---------------+-------+-------+ 16
 *  | id of the spool                                               |
 *  +-------------------------------+---------------+---------------+ 32
 *  | change                        | length in bytes of what follows
 *  +-------------------------------+---------------+---------------+ 48
 *  | a bit for each number, that of 0 the lowest of the first byte
 * </pre>
 *
 * @param change counts what was written to the roster: the higher one counts
 * @param numbers of the segments; nobody changes it
 */
record RosterCopy(UUID store, long change, BitSet numbers) {
  private static final long MAGIC = 0x53504F4F4C524F53L; // SPOOLROS
  private static final int VERSION = 1;
  private static final int HEADER = 48;
  private static final int CRC_AT = 8;

  /** No copy takes more room than this. */
  static final int MOST_BYTES =
      (int) Format.align(HEADER + Index.MOST_SEGMENTS / Byte.SIZE + 1, Format.BLOCK);

  /** Returns whole blocks to be written. */
  ByteBuffer encode() {
    byte[] bits = numbers.toByteArray();
    ByteBuffer blocks = ByteBuffer.allocate((int) Format.align(HEADER + bits.length, Format.BLOCK));
    blocks.putLong(MAGIC).putInt(0).putInt(VERSION << 16);
    blocks.putLong(store.getMostSignificantBits()).putLong(store.getLeastSignificantBits());
    blocks.putLong(change).putLong((long) bits.length << 32).put(bits);
    blocks.putInt(CRC_AT, crc(blocks, HEADER + bits.length));
    return blocks.clear();
  }

  private static int crc(ByteBuffer bytes, int end) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().limit(CRC_AT).position(0));
    crc.update(bytes.duplicate().limit(end).position(CRC_AT + 4));
    return (int) crc.getValue();
  }

  /** Reads bytes from their beginning; null if they hold no copy. */
  static @Nullable RosterCopy decode(ByteBuffer bytes) {
    if (bytes.limit() < HEADER
        || bytes.getLong(0) != MAGIC
        || bytes.getInt(12) != VERSION << 16
        || bytes.getInt(44) != 0) {
      return null;
    }
    int length = bytes.getInt(40);
    if (length < 0
        || length > bytes.limit() - HEADER
        || bytes.getInt(CRC_AT) != crc(bytes, HEADER + length)) {
      return null;
    }
    BitSet numbers = BitSet.valueOf(bytes.duplicate().position(HEADER).limit(HEADER + length));
    return bytes.getLong(32) >>> 62 != 0 || numbers.length() > Index.MOST_SEGMENTS
        ? null
        : new RosterCopy(
            new UUID(bytes.getLong(16), bytes.getLong(24)), bytes.getLong(32), numbers);
  }

  /** Returns which of the two copies counts: the one that was written later. */
  static @Nullable RosterCopy later(@Nullable RosterCopy a, @Nullable RosterCopy b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.change >= b.change ? a : b;
  }
}
