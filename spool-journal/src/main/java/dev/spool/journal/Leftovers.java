package dev.spool.journal;

import dev.spool.journal.SegmentScan.Found;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Finds the segments that an opening has begun to carry records on to when it was cut short: all
 * that is in them is still where it was copied from. Nobody has relied on them, so they can go
 * before anything is copied again. Else each opening that is cut short would use up room, and on a
 * full disk there would be none soon.
 */
final class Leftovers {
  private static final long[] NONE = new long[0];
  private static final int HASH_BITS = 16;

  private Leftovers() {}

  /**
   * Returns those of the segments without a summary in which there is nothing that an earlier one
   * of them does not hold; those in which there is nothing at all, too.
   */
  static List<Segment> of(Map<Segment, SegmentScan.Result> unsealed) {
    List<Map.Entry<Segment, SegmentScan.Result>> inOrder = new ArrayList<>(unsealed.entrySet());
    inOrder.sort(Comparator.comparingLong(Leftovers::order));
    List<Segment> leftovers = new ArrayList<>();
    long[] known = NONE;
    for (Map.Entry<Segment, SegmentScan.Result> each : inOrder) {
      if (!each.getKey().damaged) {
        if (holds(known, keys(each.getValue(), false))) {
          leftovers.add(each.getKey());
        }
        long[] whole = keys(each.getValue(), true);
        known = Arrays.copyOf(known, known.length + whole.length);
        System.arraycopy(whole, 0, known, known.length - whole.length, whole.length);
        Arrays.sort(known);
      }
    }
    return leftovers;
  }

  /** Returns when a segment was written to first; it is negative if it never was. */
  private static long order(Map.Entry<Segment, SegmentScan.Result> segment) {
    List<Found> found = segment.getValue().found();
    if (found.isEmpty()) {
      return -1;
    }
    RecordHeader first = found.get(0).header();
    return first.type() == RecordType.BEGIN ? first.sequence() : segment.getKey().generation();
  }

  private static boolean holds(long[] sorted, long[] wanted) {
    for (long key : wanted) {
      if (Arrays.binarySearch(sorted, key) < 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns what stands for the records of a segment: copies have the same.
   *
   * @param whole whether those are left out that are not whole
   */
  private static long[] keys(SegmentScan.Result result, boolean whole) {
    long[] keys = new long[result.found().size()];
    int count = 0;
    for (Found found : result.found()) {
      if ((found.whole() || !whole) && found.header().type() != RecordType.BEGIN) {
        keys[count++] = key(found.header());
      }
    }
    return Arrays.copyOf(keys, count);
  }

  /** Returns the sequence, of which two records never have the same, and some bits of the rest. */
  private static long key(RecordHeader header) {
    long rest = 31 * (31 * header.high() + header.low()) + header.type().code();
    return (header.sequence() << HASH_BITS) | (Long.hashCode(rest) & ((1 << HASH_BITS) - 1));
  }
}
