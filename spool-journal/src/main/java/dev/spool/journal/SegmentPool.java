package dev.spool.journal;

import dev.spool.journal.Index.Entry;
import dev.spool.journal.SegmentHeader.State;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The segments that there are: those that hold records, those that are free, and those of them that
 * are ready to be written to.
 *
 * <p>Belongs to the thread that writes the journal, but for {@link #find} and {@link #segment}.
 */
final class SegmentPool implements Closeable {
  /** Free segments that stores leave to removals and compaction. */
  static final int RESERVE = 2;

  private final Segments segments;
  private final Set<Integer> distrusted;

  /** Made at the opening: what is linked while the heap is full may fail until the process ends. */
  private final IntPredicate presence = this::isPresent;

  /** The lives that are not gone, by generation, but for free segments. */
  private final Map<Integer, Segment> present = new HashMap<>();

  /** The same by slot, for readers: written by the thread that the journal belongs to. */
  private final Map<Integer, Segment> bySlot = new ConcurrentHashMap<>();

  private final Deque<Segment> free = new ArrayDeque<>();
  private final Deque<Segment> prepared = new ArrayDeque<>();

  /** Those that somebody makes ready just now, or is about to write to. */
  private final Set<Segment> away = new HashSet<>();

  /**
   * Segments whose headers cannot be read, or that are missing: while there are any, no life counts
   * as gone.
   */
  private int unreadable;

  /** Segments that were used without having been prepared. */
  private long unprepared;

  /** Whether the last try to make a segment has failed. */
  private boolean diskIsFull;

  /**
   * @param distrusted numbers of segments to whose files nothing more is written: none of them is
   *     free
   */
  SegmentPool(Segments segments, Set<Integer> distrusted) {
    this.segments = segments;
    this.distrusted = distrusted;
  }

  // Those that hold records

  void addPresent(Segment segment) {
    away.remove(segment);
    present.put(segment.generation(), segment);
    bySlot.put(segment.slot(), segment);
  }

  void addUnreadable() {
    unreadable++;
  }

  /** Tells whether there are segments that cannot be read, or are missing. */
  boolean hasUnreadable() {
    return unreadable > 0;
  }

  /** Tells whether a life is not gone, or may not be. */
  boolean isPresent(int generation) {
    return unreadable > 0 || present.containsKey(generation);
  }

  /** Returns {@link #isPresent}. */
  IntPredicate presence() {
    return presence;
  }

  /** Tells whether a segment holds records still. */
  boolean holds(Segment segment) {
    return segment.equals(present.get(segment.generation()));
  }

  Collection<Segment> present() {
    return present.values();
  }

  /** Returns the segment that an entry is in. */
  Segment segment(Entry entry) {
    Segment segment = bySlot.get(entry.segment());
    if (segment == null) {
      throw new IllegalStateException("no segment " + entry.segment());
    }
    return segment;
  }

  /** Returns the segment that the index means by a slot; null if it is gone. */
  @Nullable Segment find(int slot) {
    return bySlot.get(slot);
  }

  /** Puts the next life of a file, if there is one, in the place of one that is gone. */
  void replace(Segment gone, @Nullable Segment next) {
    present.remove(gone.generation());
    bySlot.remove(gone.slot(), gone);
    if (unreadable == 0) {
      for (Segment each : present.values()) {
        each.forget(gone.generation());
      }
    }
    if (next != null) {
      addFree(next);
    }
  }

  // Those that do not

  void addFree(Segment segment) {
    add(segment, free);
  }

  /** One that is not to be used is one that holds nothing, and so ends. */
  private void add(Segment segment, Deque<Segment> to) {
    if (distrusted.contains(segment.number())) {
      addPresent(segment);
    } else {
      to.add(segment);
    }
  }

  /** Those that have become distrusted are not to be had any more. */
  void dropDistrusted() {
    for (Deque<Segment> each : List.of(free, prepared)) {
      for (int left = each.size(); left > 0; left--) { // one by one: there may be no memory for it
        add(each.element(), each);
        each.remove();
      }
    }
  }

  /** Returns how many could be written to. */
  int ready() {
    return free.size() + prepared.size();
  }

  int freeCount() {
    return free.size();
  }

  int preparedCount() {
    return prepared.size();
  }

  Collection<Segment> prepared() {
    return prepared;
  }

  /**
   * Takes a segment that is ready for records.
   *
   * @param useReserve whether it may be one of the last
   * @return null if there is none to be had
   */
  @Nullable Segment takePrepared(boolean useReserve) {
    Segment taken = mayTake(useReserve) ? take(prepared) : null;
    unprepared += taken == null ? 1 : 0;
    return taken;
  }

  /** Takes a segment that has to be made ready; otherwise as {@link #takePrepared}. */
  @Nullable Segment takeFree(boolean useReserve) {
    return mayTake(useReserve) ? take(free) : null;
  }

  private @Nullable Segment take(Deque<Segment> from) {
    Segment taken = from.poll();
    if (taken != null) {
      away.add(taken);
    }
    return taken;
  }

  private boolean mayTake(boolean useReserve) {
    return useReserve || ready() > RESERVE;
  }

  /** Takes a free segment that is to be made ready; null if there is none. */
  @Nullable Segment handOut() {
    return take(free);
  }

  /** What was taken has become ready. */
  void becameReady(Segment taken, Segment ready) {
    away.remove(taken);
    away.add(ready);
  }

  /** Takes back what was handed out, and is ready now. */
  void handBack(Segment taken, Segment ready) {
    away.remove(taken);
    add(ready, prepared);
  }

  // The disk

  /** Makes a segment that is ready for records, which takes as long as writing all of it. */
  Segment make(long length) throws IOException {
    boolean made = false;
    try {
      Segment next = segments.make(State.ACTIVE, length);
      made = true;
      away.add(next);
      return next;
    } finally {
      diskIsFull(!made);
    }
  }

  /** Notes whether a segment could be made. */
  void diskIsFull(boolean full) {
    diskIsFull = full;
  }

  /** Whether the last try to make a segment has failed. */
  boolean isDiskFull() {
    return diskIsFull;
  }

  /** Whether all that is left is what compaction needs, and no segment can be made. */
  boolean isShort() {
    return diskIsFull && ready() < RESERVE;
  }

  /** Whether nothing is left, and no segment can be made. */
  boolean isOut() {
    return diskIsFull && ready() == 0;
  }

  // All

  /** Returns the lengths of all segments. */
  long bytes() {
    return (long) (ready() + away.size()) * segments.length() + usedBytes();
  }

  /** Returns the lengths of those that hold records. */
  long usedBytes() {
    long bytes = 0;
    for (Segment segment : present.values()) {
      bytes += segment.length();
    }
    return bytes;
  }

  /** Returns how many segments there are. */
  int count() {
    return ready() + away.size() + present.size();
  }

  /** Returns how many segments were used without having been prepared. */
  long unprepared() {
    return unprepared;
  }

  /** Closes the files; writes nothing. */
  @Override
  public void close() throws IOException {
    List<Segment> all = new ArrayList<>(present.values());
    all.addAll(free);
    all.addAll(prepared);
    all.addAll(away);
    Closing.all(all);
  }
}
