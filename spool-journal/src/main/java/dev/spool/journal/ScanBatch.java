package dev.spool.journal;

import java.util.Arrays;

/**
 * Entries of the index that a scan is about to show, in the order in which they lie on the disk.
 * Plain arrays, since there are as many as memory may hold: the more, the less often each segment
 * is read through. Belongs to one thread.
 */
final class ScanBatch {
  private static final int WORDS = Index.WORDS;
  private static final int POSITION_BITS = Index.SEGMENT_AT - Index.POSITION_AT;

  /** So many buckets are never too many. */
  private static final int FEW = 1 << 16;

  /** As the index has them: those of shards one behind the other, with their gaps. */
  private long[] words = new long[1 << 12];

  /** How many words there are, and how many entries. */
  private int end;

  private int size;

  /** Positions, in units of a record, and where the entries are: sorted within each segment. */
  private long[] order = new long[0];

  /** Makes room for so many more words at once. */
  void expect(int more) {
    if (end + more > words.length) {
      words = Arrays.copyOf(words, Math.max(end + more, words.length + words.length / 2));
    }
  }

  /**
   * Adds the entries of a shard.
   *
   * @param count how many there are
   */
  void add(long[] shard, int count) {
    expect(shard.length);
    System.arraycopy(shard, 0, words, end, shard.length);
    end += shard.length;
    size += count;
  }

  int size() {
    return size;
  }

  void clear() {
    end = 0;
    size = 0;
  }

  /** Returns the entries, as the index has them. */
  long[] words() {
    return words;
  }

  /** Returns where the {@link #words} end. */
  int end() {
    return end;
  }

  /**
   * Puts them in order: first into buckets of neighbouring places, about as many as there are
   * entries, which is a matter of counting; then within each. A process that has just begun, and
   * has to show all that it has, runs this before it is compiled: so there are few calls in it.
   */
  void sort() {
    long[] all = words;
    long lastSegment = 0;
    long lastUnit = 0;
    for (int at = 0; at < end; at += WORDS) {
      if (all[at] != 0) {
        long place = all[at + Index.PLACE];
        lastSegment = Math.max(lastSegment, place >>> Index.SEGMENT_AT);
        lastUnit = Math.max(lastUnit, (place & Index.POSITION) >>> Index.POSITION_AT);
      }
    }
    int shift = 0;
    while (shift < POSITION_BITS && buckets(lastSegment, lastUnit, shift) > Math.max(FEW, size)) {
      shift++;
    }
    int[] ends = new int[(int) buckets(lastSegment, lastUnit, shift)];
    int inSegment = (int) (lastUnit >>> shift) + 1;
    for (int at = 0; at < end; at += WORDS) {
      if (all[at] != 0) {
        long place = all[at + Index.PLACE];
        long unit = (place & Index.POSITION) >>> Index.POSITION_AT;
        ends[(int) (place >>> Index.SEGMENT_AT) * inSegment + (int) (unit >>> shift)]++;
      }
    }
    for (int bucket = 1; bucket < ends.length; bucket++) {
      ends[bucket] += ends[bucket - 1];
    }
    if (order.length < size) {
      order = new long[size];
    }
    for (int at = 0; at < end; at += WORDS) {
      if (all[at] != 0) {
        long place = all[at + Index.PLACE];
        long unit = (place & Index.POSITION) >>> Index.POSITION_AT;
        int bucket = (int) (place >>> Index.SEGMENT_AT) * inSegment + (int) (unit >>> shift);
        order[--ends[bucket]] = (unit << 32) | at;
      }
    }
    sortWithin(ends);
  }

  private static long buckets(long lastSegment, long lastUnit, int shift) {
    return (lastSegment + 1) * ((lastUnit >>> shift) + 1);
  }

  /**
   * @param begins where the entries of each bucket begin
   */
  private void sortWithin(int[] begins) {
    for (int bucket = 0; bucket < begins.length; bucket++) {
      int from = begins[bucket];
      int to = bucket + 1 < begins.length ? begins[bucket + 1] : size;
      if (to - from > 1) {
        Arrays.sort(order, from, to);
      }
    }
  }

  /** Returns where in {@link #words} the entry is that comes as number {@code i} in order. */
  int at(int i) {
    return (int) order[i];
  }
}
