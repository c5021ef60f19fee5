package dev.spool.journal;

import java.util.Arrays;

/**
 * Entries of the index that a scan is about to show, in the order in which they lie on the disk.
 * Plain arrays, since there are as many as memory may hold: the more, the less often each segment
 * is read through. Belongs to one thread.
 */
final class ScanBatch {
  private static final int WORDS = Index.WORDS;

  private long[] words = new long[1 << 12];
  private int size;

  /** Positions, in units of a record, and numbers of entries: sorted within each segment. */
  private long[] order = new long[0];

  /** Adds the entries of a shard. */
  void add(long[] shard) {
    int most = WORDS * size + shard.length;
    if (most > words.length) {
      words = Arrays.copyOf(words, Math.max(most, words.length + words.length / 2));
    }
    for (int at = 0; at < shard.length; at += WORDS) {
      if (shard[at] != 0) {
        System.arraycopy(shard, at, words, WORDS * size++, WORDS);
      }
    }
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  /** Returns the entries, as the index has them. */
  long[] words() {
    return words;
  }

  /** Puts them in order: by segment, which is a matter of counting, and there by position. */
  void sort() {
    int[] ends = ends();
    if (order.length < size) {
      order = new long[size];
    }
    for (int i = size - 1; i >= 0; i--) {
      long unit = Index.position(words, WORDS * i) / Format.RECORD_UNIT;
      order[--ends[bucket(i)]] = (unit << 32) | i;
    }
    // What was where those of a segment end is now where they begin.
    for (int bucket = 0; bucket < ends.length; bucket++) {
      Arrays.sort(order, ends[bucket], bucket + 1 < ends.length ? ends[bucket + 1] : size);
    }
  }

  /** Returns, for each segment, how many entries there are in it and in those before it. */
  private int[] ends() {
    int buckets = 1;
    for (int i = 0; i < size; i++) {
      buckets = Math.max(buckets, bucket(i) + 1);
    }
    int[] ends = new int[buckets];
    for (int i = 0; i < size; i++) {
      ends[bucket(i)]++;
    }
    for (int bucket = 1; bucket < buckets; bucket++) {
      ends[bucket] += ends[bucket - 1];
    }
    return ends;
  }

  /** Returns the segment of an entry, from 1; 0 if it has none any more. */
  private int bucket(int i) {
    return Index.segment(words, WORDS * i) + 1;
  }

  /** Returns where in {@link #words} the entry is that comes as number {@code i} in order. */
  int at(int i) {
    return WORDS * (int) order[i];
  }
}
