package dev.spool.journal;

import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a message where it is said to be, and finds out whether it is that message, whole: a
 * segment may have got another life since somebody has looked there. For any thread.
 */
final class MessageReader {
  /** Messages up to this length are read at once with their headers. */
  private static final int SMALL = 64 << 10;

  private static final ThreadLocal<ByteBuffer> STAGING = new Staging();

  /** No lambda: one that cannot be linked here leaves the process without a spool. */
  private static final class Staging extends ThreadLocal<ByteBuffer> {
    @Override
    protected ByteBuffer initialValue() {
      return ByteBuffer.allocateDirect(RecordHeader.BYTES + SMALL);
    }
  }

  private MessageReader() {}

  /**
   * Initializes this class: without memory for that it could not be used until the process ends.
   */
  static void prepare() {}

  /** Reads a message where it is said to be; null if it is not there. */
  static byte @Nullable [] read(Segment segment, long position, int length, SpoolId id)
      throws IOException {
    if (length > SMALL) {
      return readLarge(segment, position, length, id);
    }
    ByteBuffer record = STAGING.get().clear().limit(RecordHeader.BYTES + length);
    segment.file().readFully(record, position);
    return message(record, 0, segment, position, length, id);
  }

  /**
   * Returns a message out of bytes that were read.
   *
   * @param at where in the bytes its record begins
   * @return null if it is not there
   */
  static byte @Nullable [] message(
      ByteBuffer bytes, int at, Segment segment, long position, int length, SpoolId id) {
    RecordHeader header = RecordHeader.decode(bytes, at, segment.header().salt(), position);
    if (header == null || !isMessage(header, length, id)) {
      return null;
    }
    byte[] message = new byte[length];
    bytes.get(at + RecordHeader.BYTES, message);
    return RecordHeader.crc(message) == header.crc() ? message : null;
  }

  private static boolean isMessage(RecordHeader header, int length, SpoolId id) {
    return header.type() == RecordType.STORE && header.length() == length && header.id().equals(id);
  }

  private static byte @Nullable [] readLarge(Segment segment, long position, int length, SpoolId id)
      throws IOException {
    ByteBuffer start = ByteBuffer.allocate(RecordHeader.BYTES);
    segment.file().readFully(start, position);
    RecordHeader header = RecordHeader.decode(start, 0, segment.header().salt(), position);
    if (header == null || !isMessage(header, length, id)) {
      return null;
    }
    byte[] message = new byte[length];
    segment.file().readFully(ByteBuffer.wrap(message), position + RecordHeader.BYTES);
    return RecordHeader.crc(message) == header.crc() ? message : null;
  }
}
