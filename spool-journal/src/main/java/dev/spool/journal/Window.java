package dev.spool.journal;

import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A part of a segment that was read at once, for messages that lie close to one another. Belongs to
 * one thread.
 */
final class Window {
  private static final int BYTES = 256 << 10;

  /** So much may lie between two messages for both to be read at once. */
  private static final int GAP = 32 << 10;

  private final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES).limit(0);
  private @Nullable Segment segment;
  private long from;

  /**
   * Returns a message.
   *
   * @param next where the message is that is wanted next, not before this one; {@link
   *     Long#MAX_VALUE} if it is in another segment
   * @return null if it is not there
   */
  byte @Nullable [] read(Segment wanted, SpoolId id, long position, int length, long next)
      throws IOException {
    long end = position + RecordHeader.BYTES + length;
    if (end - position > BYTES) {
      return MessageReader.read(wanted, position, length, id);
    }
    if (!isHere(wanted, position, end)) {
      boolean more = next - end <= GAP;
      long to = more ? Math.min(wanted.length(), position + BYTES) : end;
      fill(wanted, position, (int) (to - position));
    }
    return MessageReader.message(bytes, (int) (position - from), wanted, position, length, id);
  }

  @SuppressWarnings("ReferenceEquality") // a life is equal to itself only
  private boolean isHere(Segment wanted, long position, long end) {
    return segment == wanted && position >= from && end <= from + bytes.limit();
  }

  private void fill(Segment wanted, long position, int count) throws IOException {
    segment = null;
    bytes.clear().limit(count);
    wanted.file().readFully(bytes, position);
    bytes.flip();
    segment = wanted;
    from = position;
  }
}
