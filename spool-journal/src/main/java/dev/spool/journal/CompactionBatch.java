package dev.spool.journal;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is read at once for compaction: a piece of a segment, or of several segments what is left.
 * One thread reads, another appends, in turn.
 */
final class CompactionBatch {
  /** So much is read at once. */
  static final long BYTES = 1 << 20;

  /** Of so many segments, at most. */
  static final int SEGMENTS = 16;

  private final Journal journal;
  private final Rules rules;

  /** Those to begin with. */
  private final Deque<Segment> next = new ArrayDeque<>();

  /** Those that were begun; of the last one there may be more to be read. */
  private final Deque<Compaction> begun = new ArrayDeque<>();

  /** The segment that is being read. */
  private @Nullable Segment segment;

  CompactionBatch(Journal journal, Rules rules) {
    this.journal = journal;
    this.rules = rules;
  }

  /** Tells whether there is nothing left to be appended. */
  boolean isAppended() {
    for (Compaction each : begun) {
      if (!each.isAppended() || each.isRead()) {
        return false;
      }
    }
    return true;
  }

  /** Tells whether there is nothing left of the segments that were begun. */
  boolean isDone() {
    return begun.isEmpty();
  }

  void add(Collection<Segment> segments) {
    next.addAll(segments);
  }

  /** Takes back those that were not begun. */
  List<Segment> takeRest() {
    List<Segment> rest = new ArrayList<>(next);
    next.clear();
    return rest;
  }

  /** Takes the segment that could not be read out of this. */
  @Nullable Segment takeFailed() {
    Compaction last = begun.peekLast(); // if it was begun at all
    if (last != null && last.segment().equals(segment)) {
      begun.removeLast();
    }
    return segment;
  }

  /** Reads until there is enough, or no more. */
  void read() throws IOException {
    long loaded = 0;
    while (loaded < BYTES) {
      Compaction last = begun.peekLast();
      if (last == null || last.isRead()) {
        segment = next.poll();
        if (segment == null) {
          return;
        }
        last = Compaction.begin(journal, rules, segment);
        begun.add(last);
      }
      segment = last.segment();
      last.read(BYTES - loaded);
      loaded += last.loaded();
    }
  }

  /**
   * Appends about so many bytes, at most.
   *
   * @param emptied is shown each segment that is done
   */
  void append(long bytes, Consumer<Compaction> emptied) throws IOException {
    long left = bytes;
    Compaction first = begun.peek();
    while (first != null && left > 0) {
      long before = first.loaded();
      if (!first.append(left)) {
        return;
      }
      left -= before;
      emptied.accept(begun.remove());
      first = begun.peek();
    }
  }
}
