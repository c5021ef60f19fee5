package dev.spool.journal;

import dev.spool.SpoolId;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Empties a segment: copies what is needed of it to the end of the journal, piece by piece. A piece
 * is read first, and appended later, when its messages may have been removed or replaced.
 *
 * <p>{@link #read} may be called by another thread than {@link #append}, in turn.
 */
final class Compaction {
  /** Messages of which fewer than these fit into a segment are large. */
  private static final int FEW = 16;

  private final Journal journal;
  private final Segment segment;

  /** What was listed when this began. */
  private final List<Listed> records = new ArrayList<>();

  private final Deque<Loaded> piece = new ArrayDeque<>();

  /** The last message that was found damaged; it stays, and its segment with it. */
  private @Nullable SpoolId damaged;

  private int next;

  /** Whether the segment has a summary; set while this begins. */
  private boolean sealed;

  /** Bytes that were read, and not appended yet. */
  private long loaded;

  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Listed(RecordHeader header, long position, int[] names) {}

  /** A record that may have to be copied; the payload is empty unless it is a message. */
  @SuppressWarnings("ArrayRecordComponent") // as above
  private record Loaded(Listed record, byte[] payload) {}

  private Compaction(Journal journal, Segment segment) {
    this.journal = journal;
    this.segment = segment;
  }

  /**
   * Returns the segment of which the smallest part is needed.
   *
   * @param most how much of it may be needed, as a part of its length
   */
  static Optional<Segment> candidate(Journal journal, double most) {
    return candidate(journal, most, most, false);
  }

  /**
   * As {@link #candidate(Journal, double)}, of those in which something has gone since they were
   * written: to copy one that never held more, as where large messages leave gaps, gives the same
   * again, and for ever.
   *
   * @param mostOfLarge the same for a segment of large messages
   */
  static Optional<Segment> candidate(Journal journal, double most, double mostOfLarge) {
    return candidate(journal, most, mostOfLarge, true);
  }

  private static Optional<Segment> candidate(
      Journal journal, double most, double mostOfLarge, boolean hasLost) {
    Segment emptiest = null;
    for (Segment each : journal.pool().present()) {
      if (isFree(journal, each)
          && each.neededBytes() > 0
          && isLow(each, most, mostOfLarge)
          && (!hasLost || each.hasLost())
          && isWorthwhile(journal, each)
          && (emptiest == null || neededPart(each) < neededPart(emptiest))) {
        emptiest = each;
      }
    }
    return Optional.ofNullable(emptiest);
  }

  private static boolean isFree(Journal journal, Segment each) {
    return each.sealed
        && !each.ending
        && !each.damaged
        && !each.stuck
        && !each.chosen
        && !journal.isTail(each);
  }

  private static double neededPart(Segment segment) {
    return (double) segment.neededBytes() / segment.length();
  }

  /**
   * Tells whether garbage in a segment is given back by compaction, now or when more has gone. Not
   * where it has to stay, where there is much though nothing has gone, and where large messages
   * leave gaps: of those there may be much for good, and nobody shall wait for it. The little that
   * is in each segment, such as the ends of blocks, counts: the others are emptied for it.
   *
   * @param most how much of a segment may be needed for it to be compacted
   * @param mostOfLarge the same for a segment of large messages
   */
  static boolean givesBack(Journal journal, Segment segment, double most, double mostOfLarge) {
    if (segment.damaged || segment.stuck) {
      return false;
    }
    boolean wouldBeLeft = !segment.hasLost() && isLow(segment, most, mostOfLarge);
    return !segment.sealed
        || (!wouldBeLeft && isWorthwhile(journal, segment) && isLow(segment, 1, mostOfLarge));
  }

  private static boolean isLow(Segment segment, double most, double mostOfLarge) {
    boolean large = segment.live > 0 && segment.liveBytes / segment.live > segment.length() / FEW;
    return segment.neededBytes() <= (large ? mostOfLarge : most) * segment.length();
  }

  /** Tells whether what is needed of a segment might take less room elsewhere. */
  static boolean isWorthwhile(Journal journal, Segment segment) {
    int usual = journal.segments().length();
    boolean alone = segment.live == 1 && !segment.hasTombstones(journal.pool().presence());
    return !alone || (segment.length() <= usual && 2 * segment.liveBytes <= usual);
  }

  /** Begins with a segment that is sealed. */
  static Compaction begin(Journal journal, Rules rules, Segment segment) throws IOException {
    Compaction compaction = new Compaction(journal, segment);
    compaction.sealed = Summary.read(segment, rules, compaction.new Listing());
    return compaction;
  }

  /** No lambda: one that is linked while the heap is full may fail until the process ends. */
  private final class Listing implements RecordVisitor {
    @Override
    public void visit(RecordHeader header, long position, int[] names) {
      if (position >= segment.compactedTo) {
        records.add(new Listed(header, position, names));
      }
    }
  }

  Segment segment() {
    return segment;
  }

  /** Returns a message that was found damaged; null if there was none. */
  @Nullable SpoolId damaged() {
    return damaged;
  }

  /** Tells whether nothing that was read is left to be appended. */
  boolean isAppended() {
    return piece.isEmpty();
  }

  /** Tells whether all was read. */
  boolean isRead() {
    return next == records.size();
  }

  /** Returns the bytes that were read, and not appended yet. */
  long loaded() {
    return loaded;
  }

  /** Reads until it has so many bytes. */
  void read(long bytes) throws IOException {
    while (next < records.size() && loaded < bytes) {
      Listed record = records.get(next++);
      RecordHeader header = record.header();
      if (header.type() == RecordType.REMOVE) {
        piece.add(new Loaded(record, new byte[0]));
        loaded += RecordHeader.BYTES;
      } else if (header.type() == RecordType.STORE && mayBeNeeded(record)) {
        byte[] message =
            MessageReader.read(segment, record.position(), header.length(), header.id());
        if (message != null) {
          piece.add(new Loaded(record, message));
          loaded += RecordHeader.BYTES + message.length;
        } else if (mayBeNeeded(record)) { // else its segment may have another life by now
          damaged = header.id();
          segment.stuck = true;
        }
      }
    }
  }

  private boolean mayBeNeeded(Listed record) {
    Index.Entry entry = journal.index().get(record.header().id());
    return entry != null && entry.isOf(record.header(), segment, record.position());
  }

  /**
   * Appends what was read and is still needed.
   *
   * @return whether all is done
   */
  boolean append() throws IOException {
    return append(Long.MAX_VALUE);
  }

  /** As {@link #append()}, at most about so many bytes. */
  boolean append(long bytes) throws IOException {
    if (!sealed) {
      segment.damaged = true; // its summary is damaged; an opening finds its records without
    }
    long done = 0;
    while (!piece.isEmpty() && done < bytes) {
      Loaded each = piece.element();
      Listed record = each.record();
      boolean unused =
          record.header().type() == RecordType.REMOVE
              ? journal.copyTombstone(segment, record.header(), record.names())
              : journal.copyStore(segment, record.header(), record.position(), each.payload());
      segment.compactedTo = record.position() + 1;
      piece.remove();
      long length = (long) RecordHeader.BYTES + each.payload().length;
      done += length;
      loaded -= length;
    }
    return piece.isEmpty() && isRead();
  }
}
