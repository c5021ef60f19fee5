package dev.spool.journal;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of a segment that has no summary, and finds its way past what is none.
 *
 * <p>It reports and does not judge: whether a hole is damage or a torn write depends on marks that
 * may stand in other segments.
 */
final class SegmentScan {
  private static final int WINDOW = 256 << 10;

  private final Segment segment;
  private final Rules rules;
  private final long limit;
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW).limit(0);

  /** The position in the segment of the window's first byte. */
  private long windowAt;

  private final List<Found> found = new ArrayList<>();
  private final List<Hole> holes = new ArrayList<>();

  /**
   * A record.
   *
   * @param whole whether its payload is what was written
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Found(RecordHeader header, long position, int[] names, boolean whole) {}

  /**
   * Bytes in which there is no record.
   *
   * @param to where the next record is, or the end of what was looked at
   */
  record Hole(long from, long to) {}

  /**
   * What was found.
   *
   * @param holes the last one reaches to the end of the segment, if there is no record behind it
   * @param mark the highest position that a record says is synced
   */
  record Result(List<Found> found, List<Hole> holes, long mark) {}

  private SegmentScan(Segment segment, Rules rules) {
    this.segment = segment;
    this.rules = rules;
    this.limit = Format.trailerAt(segment.length());
  }

  /** Returns the first record; null if there is none where it should be. */
  static @Nullable RecordHeader first(Segment segment, Rules rules) throws IOException {
    return new SegmentScan(segment, rules).header(Format.RECORDS_AT);
  }

  /** Looks at all of a segment. */
  static Result scan(Segment segment, Rules rules) throws IOException {
    return new SegmentScan(segment, rules).run(Format.RECORDS_AT, true);
  }

  /**
   * Looks at a part of a segment.
   *
   * @param from where a record may begin
   * @param past whether to look for records behind what is none
   */
  static Result scan(Segment segment, Rules rules, long from, boolean past) throws IOException {
    return new SegmentScan(segment, rules).run(from, past);
  }

  private Result run(long from, boolean past) throws IOException {
    long position = from;
    long hole = -1;
    long padding = -1;
    long mark = 0;
    while (position + RecordHeader.BYTES <= limit && (past || hole < 0)) {
      RecordHeader header = header(position);
      if (header != null) {
        if (hole < 0 && padding >= 0 && header.mark() > padding) {
          hole = padding; // there was more of that group
        }
        if (hole >= 0) {
          holes.add(new Hole(hole, position));
        }
        hole = -1;
        padding = -1;
        mark = Math.max(mark, header.mark());
        found.add(found(header, position));
        position = header.end(position);
      } else if (isPadding(position)) {
        padding = position;
        position = Format.align(position, Format.BLOCK);
      } else {
        hole = hole >= 0 ? hole : padding >= 0 ? padding : position;
        position = Format.align(position + 1, Format.BLOCK);
      }
    }
    if (hole >= 0) {
      holes.add(new Hole(hole, limit));
    }
    return new Result(found, holes, mark);
  }

  private @Nullable RecordHeader header(long position) throws IOException {
    int at = need(position, RecordHeader.BYTES);
    RecordHeader header = RecordHeader.decode(window, at, segment.header().salt(), position);
    return header != null
            && rules.sameLife(header.generation(), segment.generation())
            && position + RecordHeader.BYTES + header.length() <= limit
        ? header
        : null;
  }

  /** Tells whether there is nothing but zeros up to the next block: so does a group end. */
  private boolean isPadding(long position) throws IOException {
    int count = (int) (Format.align(position, Format.BLOCK) - position);
    int at = need(position, count);
    int end = at + count;
    while (at < end && window.get(at) == 0) {
      at++;
    }
    return count > 0 && at == end;
  }

  private Found found(RecordHeader header, long position) throws IOException {
    boolean tombstone = header.type() == RecordType.REMOVE;
    byte[] names = new byte[tombstone ? header.length() : 0];
    CRC32C crc = new CRC32C();
    long at = position + RecordHeader.BYTES;
    int done = 0;
    while (done < header.length()) {
      int piece = Math.min(header.length() - done, WINDOW / 2);
      int start = need(at + done, piece);
      crc.update(window.duplicate().limit(start + piece).position(start));
      if (tombstone) {
        window.get(start, names, done, piece);
      }
      done += piece;
    }
    boolean whole = (int) crc.getValue() == header.crc() || !rules.checksPayload();
    return new Found(
        header,
        position,
        tombstone && whole ? RecordHeader.namesFromBytes(names) : RecordVisitor.NO_NAMES,
        whole);
  }

  /** Returns where in the window the bytes at a position are, having read them if need be. */
  private int need(long position, int count) throws IOException {
    if (position < windowAt || position + count > windowAt + window.limit()) {
      window.clear().limit((int) Math.min(WINDOW, segment.length() - position));
      segment.file().readFully(window, position);
      window.flip();
      windowAt = position;
      if (window.limit() < count) {
        throw new EOFException(segment + " ends at " + segment.length());
      }
    }
    return (int) (position - windowAt);
  }
}
