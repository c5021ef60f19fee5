package dev.spool.journal;

import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Which life of a segment this is, and whether there is anything to look for in it.
 *
 * <pre>
 *   0               4               8               12              16
 *  +-------------------------------+---------------+-------+-------+
 *  | "SPOOLSEG"                    | CRC           |version| state |
 *  +-------------------------------+---------------+-------+-------+ 16
 *  | id of the spool                                               |
 *  +---------------+---------------+-------------------------------+ 32
 *  | number        | generation    | salt                          |
 *  +---------------+---------------+-------------------------------+ 48
 *  | length of the segment         | 0                             |
 *  +-------------------------------+-------------------------------+ 64
 * </pre>
 *
 * @param generation a number that no other life of the spool has
 * @param salt random; part of the checksum of all that is written in this life
 */
record SegmentHeader(State state, UUID store, int number, int generation, long salt, long length) {

  private static final long MAGIC = 0x53504F4F4C534547L; // SPOOLSEG
  private static final int BYTES = 64;
  private static final int CRC_AT = 8;

  enum State {
    /** It holds nothing. */
    FREE(1),
    /** It may hold records of this life. */
    ACTIVE(2);

    private final int code;

    State(int code) {
      this.code = code;
    }

    private static @Nullable State of(int code) {
      return switch (code) {
        case 1 -> FREE;
        case 2 -> ACTIVE;
        default -> null;
      };
    }
  }

  /** Returns the same life in another state. */
  SegmentHeader with(State next) {
    return new SegmentHeader(next, store, number, generation, salt, length);
  }

  /** Returns a block to be written. */
  ByteBuffer encode() {
    ByteBuffer block = ByteBuffer.allocate(Format.BLOCK);
    block.putLong(MAGIC).putInt(0).putShort((short) Format.VERSION);
    block.putShort((short) state.code);
    block.putLong(store.getMostSignificantBits()).putLong(store.getLeastSignificantBits());
    block.putInt(number).putInt(generation).putLong(salt).putLong(length);
    block.putInt(CRC_AT, crc(block));
    return block.clear();
  }

  private static int crc(ByteBuffer block) {
    CRC32C crc = new CRC32C();
    crc.update(block.duplicate().position(0).limit(CRC_AT));
    crc.update(block.duplicate().limit(BYTES).position(CRC_AT + 4));
    return (int) crc.getValue();
  }

  /** Reads a block; null if it holds no header. */
  static @Nullable SegmentHeader decode(ByteBuffer block) {
    if (block.limit() < BYTES || block.getLong(0) != MAGIC || block.getInt(CRC_AT) != crc(block)) {
      return null;
    }
    State state = State.of(block.getShort(14));
    if (block.getShort(12) != Format.VERSION
        || state == null
        || block.getInt(36) < 0
        || !Format.isLength(block.getLong(48))) {
      return null;
    }
    return new SegmentHeader(
        state,
        new UUID(block.getLong(16), block.getLong(24)),
        block.getInt(32),
        block.getInt(36),
        block.getLong(40),
        block.getLong(48));
  }

  /** Reads one copy; null if there is none. */
  static @Nullable SegmentHeader read(DiskFile file, long at) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(BYTES);
    if (file.size() < at + Format.BLOCK) {
      return null;
    }
    file.readFully(block, at);
    return decode(block.flip());
  }

  /** Reads the copy that counts; null if there is none. */
  static @Nullable SegmentHeader read(DiskFile file) throws IOException {
    return later(read(file, 0), read(file, Format.HEADER_COPY_AT));
  }

  /** Returns which of the two copies counts, if they differ: the one that was written later. */
  static @Nullable SegmentHeader later(@Nullable SegmentHeader a, @Nullable SegmentHeader b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    if (a.generation != b.generation) {
      return a.generation > b.generation ? a : b;
    }
    return a.state.compareTo(b.state) >= 0 ? a : b;
  }
}
