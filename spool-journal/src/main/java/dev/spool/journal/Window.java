package dev.spool.journal;

import dev.spool.SpoolId;
import dev.spool.journal.Index.Entry;
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
   * @param next which message is wanted next; null if there is none
   * @return null if it is not there
   */
  byte @Nullable [] read(Segment wanted, SpoolId id, Entry entry, @Nullable Entry next)
      throws IOException {
    long end = entry.position() + RecordHeader.BYTES + entry.length();
    if (end - entry.position() > BYTES) {
      return Journal.read(wanted, entry.position(), entry.length(), id);
    }
    if (!isHere(wanted, entry.position(), end)) {
      boolean more =
          next != null
              && next.segment() == entry.segment()
              && next.position() >= end
              && next.position() - end <= GAP;
      long to = more ? Math.min(wanted.length(), entry.position() + BYTES) : end;
      fill(wanted, entry.position(), (int) (to - entry.position()));
    }
    return Journal.message(
        bytes, (int) (entry.position() - from), wanted, entry.position(), entry.length(), id);
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
