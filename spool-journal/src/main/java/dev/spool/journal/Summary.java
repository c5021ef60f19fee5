package dev.spool.journal;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The list of a segment's records, at its end: position and header of each, and of a tombstone what
 * it names. The trailer in the last block says where it is; a segment that has both whole is
 * sealed.
 *
 * <pre>
 *   0               4               8               12              16
 *  +-------------------------------+---------------+---------------+
 *  | "SPOOLEND"                    | CRC           | generation    |
 *  +-------------------------------+---------------+---------------+ 16
 *  | position of the summary       | length of the summary         |
 *  +-------------------------------+-------------------------------+ 32
 *  | CRC of summary| records       | where the records end         |
 *  +---------------+---------------+-------------------------------+ 48
 * </pre>
 */
final class Summary {
  private static final long MAGIC = 0x53504F4F4C454E44L; // SPOOLEND
  private static final int TRAILER = 48;
  private static final int CRC_AT = 8;

  /** What a record takes in a summary; a tombstone's payload comes on top. */
  private static final int ENTRY = 4 + RecordHeader.BYTES;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private byte[] bytes = new byte[4096];
  private int length;
  private int records;

  /**
   * Adds a record.
   *
   * @param header as it was encoded, at its place in there
   * @param names a tombstone's payload; empty for other records
   */
  void add(byte[] header, long position, byte[] names) {
    int next = length + ENTRY + names.length;
    if (next > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, next));
    }
    INTS.set(bytes, length, (int) position);
    System.arraycopy(header, RecordHeader.Encoder.AT, bytes, length + 4, RecordHeader.BYTES);
    System.arraycopy(names, 0, bytes, length + ENTRY, names.length);
    length = next;
    records++;
  }

  /** Returns how many bytes a message takes in a segment, at least: its record, and its mention. */
  static long bytesOf(int payload) {
    return Format.align((long) RecordHeader.BYTES + payload, Format.RECORD_UNIT) + ENTRY;
  }

  /** Returns the same of a tombstone, of which the payload is mentioned, too. */
  static long bytesOfTombstone(int names) {
    return bytesOf(names * Integer.BYTES) + (long) names * Integer.BYTES;
  }

  /** Returns how many bytes it will take with one more record. */
  long bytesWith(RecordType type, int payload) {
    return (long) length + ENTRY + (type == RecordType.REMOVE ? payload : 0);
  }

  int records() {
    return records;
  }

  /** Writes the summary and the trailer; forces nothing. */
  void write(Segment segment, long end) throws IOException {
    long at = Format.align(end, Format.BLOCK);
    ByteBuffer all = ByteBuffer.wrap(bytes, 0, length);
    CRC32C crc = new CRC32C();
    crc.update(all.duplicate());
    segment.file().write(all, at);
    ByteBuffer trailer = ByteBuffer.allocate(Format.BLOCK);
    trailer.putLong(MAGIC).putInt(0).putInt(segment.generation()).putLong(at).putLong(length);
    trailer.putInt((int) crc.getValue()).putInt(records).putLong(end);
    trailer.putInt(CRC_AT, crc(trailer, segment.header().salt()));
    segment.file().write(trailer.clear(), Format.trailerAt(segment.length()));
  }

  private static int crc(ByteBuffer trailer, long salt) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(8).putLong(0, salt));
    crc.update(trailer.duplicate().position(0).limit(CRC_AT));
    crc.update(trailer.duplicate().limit(TRAILER).position(CRC_AT + 4));
    return (int) crc.getValue();
  }

  /**
   * Shows the records of a sealed segment.
   *
   * @return false if it is not sealed; nothing was shown
   */
  static boolean read(Segment segment, Rules rules, RecordVisitor visitor) throws IOException {
    ByteBuffer entries = read(segment, rules);
    return entries != null && new Listed(segment, entries).show(visitor);
  }

  /**
   * What a summary says, as plain words: a process that has just begun goes through millions of
   * them before this is compiled.
   */
  private static final class Listed {
    /** What there is of each record, in words of 4 bytes; {@link RecordHeader} says what. */
    private static final int WORDS = ENTRY / 4;

    private static final int TYPE = 1;
    private static final int LENGTH = 2;
    private static final int SEQUENCE = 3;
    private static final int HIGH = 5;
    private static final int LOW = 7;

    private final int[] words;
    private final long records;
    private final long end;

    Listed(Segment segment, ByteBuffer entries) {
      words = new int[entries.remaining() / 4];
      entries.asIntBuffer().get(words);
      records = Format.RECORDS_AT;
      end = Format.trailerAt(segment.length());
    }

    /** Returns false at an entry that nobody writes, whatever the checksums; nothing was shown. */
    boolean show(RecordVisitor visitor) throws IOException {
      for (int at = 0; at + WORDS <= words.length; at = next(at)) {
        if (!isSound(at)) {
          return false;
        }
      }
      for (int at = 0; at + WORDS <= words.length; at = next(at)) {
        long position = Integer.toUnsignedLong(words[at]);
        if (words[at + TYPE] != RecordType.STORE.code() << 24
            || !visitor.store(
                pair(at + HIGH),
                pair(at + LOW),
                pair(at + SEQUENCE),
                position,
                words[at + LENGTH])) {
          visitor.visit(header(at), position, names(at));
        }
      }
      return true;
    }

    private boolean isSound(int at) {
      long position = Integer.toUnsignedLong(words[at]);
      int length = words[at + LENGTH];
      return RecordHeader.isSound(
              type(at), length, pair(at + SEQUENCE), pair(at + HIGH), pair(at + LOW))
          && position >= records
          && position % Format.RECORD_UNIT == 0
          && position + RecordHeader.BYTES + length <= end
          && (!isTombstone(at) || (length % 4 == 0 && length / 4 <= words.length - at - WORDS));
    }

    private @Nullable RecordType type(int at) {
      return RecordType.of(words[at + TYPE] >>> 24);
    }

    private long pair(int at) {
      return (long) words[at] << 32 | (words[at + 1] & 0xFFFFFFFFL);
    }

    private boolean isTombstone(int at) {
      return words[at + TYPE] >>> 24 == RecordType.REMOVE.code();
    }

    private int next(int at) {
      return at + WORDS + (isTombstone(at) ? words[at + LENGTH] / 4 : 0);
    }

    private int[] names(int at) {
      return isTombstone(at)
          ? Arrays.copyOfRange(words, at + WORDS, next(at))
          : RecordVisitor.NO_NAMES;
    }

    private RecordHeader header(int at) {
      RecordType type = type(at);
      if (type == null) {
        throw new IllegalStateException("no record of that type"); // isSound has looked
      }
      return new RecordHeader(
          type,
          words[at + LENGTH],
          pair(at + SEQUENCE),
          pair(at + HIGH),
          pair(at + LOW),
          words[at + LOW + 2],
          words[at + LOW + 3],
          words[at + LOW + 4]);
    }
  }

  private static @Nullable ByteBuffer read(Segment segment, Rules rules) throws IOException {
    ByteBuffer trailer = ByteBuffer.allocate(TRAILER);
    segment.file().readFully(trailer, Format.trailerAt(segment.length()));
    if (trailer.getLong(0) != MAGIC
        || trailer.getInt(CRC_AT) != crc(trailer, segment.header().salt())
        || !rules.sameLife(trailer.getInt(12), segment.generation())) {
      return null;
    }
    long at = trailer.getLong(16);
    long length = trailer.getLong(24);
    if (at < Format.RECORDS_AT
        || length < 0
        || length > Math.min(Integer.MAX_VALUE, segment.length() - at)) {
      return null;
    }
    ByteBuffer entries = ByteBuffer.allocate((int) length);
    segment.file().readFully(entries, at);
    entries.flip();
    CRC32C crc = new CRC32C();
    crc.update(entries.duplicate());
    return (int) crc.getValue() == trailer.getInt(32) ? entries : null;
  }
}
