package dev.spool.journal;

import java.util.Arrays;

/**
 * Entries of the index that a scan is about to show, in the order in which they lie on the disk.
 * Plain arrays, since there are as many as memory may hold: the more, the less often each segment
 * is read through. Belongs to one thread.
 */
final class ScanBatch {
  private static final int WORDS = Index.WORDS;

  /** As the index has them: those of shards one behind the other, with their gaps. */
  private long[] words = new long[1 << 12];

  /** How many words there are, and how many entries. */
  private int end;

  private int size;

  /** Positions, in units of a record, and where the entries are: sorted within each segment. */
  private long[] order = new long[0];

  /**
   * Adds the entries of a shard.
   *
   * @param count how many there are
   */
  void add(long[] shard, int count) {
    if (end + shard.length > words.length) {
      int most = Math.max(end + shard.length, words.length + words.length / 2);
      words = Arrays.copyOf(words, most);
    }
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
   * Puts them in order: by segment, which is a matter of counting, and there by position. A process
   * that has just begun, and has to show all that it has, runs this before it is compiled: so there
   * are few calls in it.
   */
  void sort() {
    int[] ends = ends();
    if (order.length < size) {
      order = new long[size];
    }
    long[] all = words;
    for (int at = 0; at < end; at += WORDS) {
      if (all[at] != 0) {
        long place = all[at + Index.PLACE];
        long unit = (place & Index.POSITION) >>> Index.POSITION_AT;
        order[--ends[(int) (place >>> Index.SEGMENT_AT)]] = (unit << 32) | at;
      }
    }
    // What was where those of a segment end is now where they begin.
    for (int segment = 0; segment < ends.length; segment++) {
      Arrays.sort(order, ends[segment], segment + 1 < ends.length ? ends[segment + 1] : size);
    }
  }

  /** Returns, for each segment, how many entries there are in it and in those before it. */
  private int[] ends() {
    long[] all = words;
    int most = 0;
    for (int at = 0; at < end; at += WORDS) {
      if (all[at] != 0) {
        most = Math.max(most, (int) (all[at + Index.PLACE] >>> Index.SEGMENT_AT));
      }
    }
    int[] ends = new int[most + 1];
    for (int at = 0; at < end; at += WORDS) {
      if (all[at] != 0) {
        ends[(int) (all[at + Index.PLACE] >>> Index.SEGMENT_AT)]++;
      }
    }
    for (int segment = 1; segment <= most; segment++) {
      ends[segment] += ends[segment - 1];
    }
    return ends;
  }

  /** Returns where in {@link #words} the entry is that comes as number {@code i} in order. */
  int at(int i) {
    return (int) order[i];
  }
}
