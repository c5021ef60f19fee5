package dev.spool.journal;

import dev.spool.SpoolId;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What stands before each payload.
 *
 * <pre>
 *   0               4               8                               16
 *  +---+-----------+---------------+-------------------------------+
 *  |typ| 0         | payload length| sequence                      |
 *  +---+-----------+---------------+-------------------------------+ 16
 *  | id                                                            |
 *  +---------------+---------------+---------------+---------------+ 32
 *  | generation    | synced mark   | CRC of payload| CRC of header |
 *  +---------------+---------------+---------------+---------------+ 48
 * </pre>
 *
 * <p>The checksum covers the salt of the segment's life and the position too: what was written in
 * another life, or somewhere else, is no record here.
 *
 * @param sequence counts the writes of the spool; of records of one id the highest counts
 * @param mark up to where the segment was known to be synced when this was written
 */
record RecordHeader(
    RecordType type,
    int length,
    long sequence,
    long high,
    long low,
    int generation,
    int mark,
    int crc) {

  static final int BYTES = 48;

  private static final int CRC_AT = 44;

  SpoolId id() {
    return SpoolId.fromUuid(new UUID(high, low));
  }

  /** Returns where the next record may begin, if this one is at {@code position}. */
  long end(long position) {
    return Format.align(position + BYTES + length, Format.RECORD_UNIT);
  }

  /** Writes this at the buffer's position, as the record at {@code position} of a segment. */
  void encode(ByteBuffer into, long salt, long position) {
    Encoder encoder = new Encoder();
    encoder.encode(type, length, sequence, high, low, generation, mark, crc, salt, position);
    into.put(encoder.bytes(), Encoder.AT, BYTES);
  }

  /**
   * Puts headers together, one after the other, behind what their checksum covers beside them.
   * Belongs to one thread.
   */
  static final class Encoder {
    /** Where the header is in {@link #bytes}. */
    static final int AT = 16;

    private final ByteBuffer all = ByteBuffer.allocate(AT + BYTES);
    private final CRC32C sum = new CRC32C();

    void encode(
        RecordType type,
        int length,
        long sequence,
        long high,
        long low,
        int generation,
        int mark,
        int crc,
        long salt,
        long position) {
      all.clear().putLong(salt).putLong(position);
      all.putInt(type.code() << 24).putInt(length).putLong(sequence);
      all.putLong(high).putLong(low);
      all.putInt(generation).putInt(mark).putInt(crc);
      sum.reset();
      sum.update(all.array(), 0, AT + CRC_AT);
      all.putInt((int) sum.getValue());
    }

    /** Returns the array that holds the last one; it is written over by the next. */
    byte[] bytes() {
      return all.array();
    }
  }

  /**
   * Reads the header at {@code at} of a buffer, which is the record at {@code position} of a
   * segment; null if there is none.
   */
  static @Nullable RecordHeader decode(ByteBuffer from, int at, long salt, long position) {
    int word = from.getInt(at);
    RecordType type = (word & 0xFFFFFF) == 0 ? RecordType.of(word >>> 24) : null;
    if (type == null || from.getInt(at + CRC_AT) != crc(from, at, salt, position)) {
      return null;
    }
    return sound(of(type, from, at));
  }

  /** Null if it says what no record says, whatever its checksum. */
  private static @Nullable RecordHeader sound(RecordHeader header) {
    return isSound(header.type, header.length, header.sequence, header.high, header.low)
        ? header
        : null;
  }

  /** Tells whether a record may say this. */
  static boolean isSound(
      @Nullable RecordType type, int length, long sequence, long high, long low) {
    return type != null
        && length >= 0
        && sequence >= 0
        && sequence <= Index.LAST_SEQUENCE
        && (type == RecordType.BEGIN || isId(high, low));
  }

  /** As {@link SpoolId} has them: version 1 or 7. */
  private static boolean isId(long high, long low) {
    long version = high >>> 12 & 0xF;
    return low >>> 62 == 2 && (version == 1 || version == 7);
  }

  private static RecordHeader of(RecordType type, ByteBuffer from, int at) {
    return new RecordHeader(
        type,
        from.getInt(at + 4),
        from.getLong(at + 8),
        from.getLong(at + 16),
        from.getLong(at + 24),
        from.getInt(at + 32),
        from.getInt(at + 36),
        from.getInt(at + 40));
  }

  private static int crc(ByteBuffer buffer, int at, long salt, long position) {
    ByteBuffer all = ByteBuffer.allocate(Encoder.AT + CRC_AT).putLong(salt).putLong(position);
    buffer.get(at, all.array(), Encoder.AT, CRC_AT);
    CRC32C crc = new CRC32C();
    crc.update(all.array());
    return (int) crc.getValue();
  }

  /** Returns the checksum of a payload. */
  static int crc(byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload);
    return (int) crc.getValue();
  }

  /** Returns the payload of a tombstone. */
  static byte[] namesToBytes(int[] generations) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * generations.length);
    bytes.asIntBuffer().put(generations);
    return bytes.array();
  }

  /** Returns the generations that a tombstone names. */
  static int[] namesFromBytes(byte[] payload) {
    int[] generations = new int[payload.length / 4];
    ByteBuffer.wrap(payload).asIntBuffer().get(generations);
    return generations;
  }
}
