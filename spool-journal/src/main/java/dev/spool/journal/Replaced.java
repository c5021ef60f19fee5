package dev.spool.journal;

import dev.spool.SpoolId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * In which lives there are records of a message besides the one that counts: values that were
 * replaced, and sources of copies. A tombstone has to name them. There are few: most messages are
 * written once.
 *
 * <p>Belongs to the thread that writes the journal.
 */
final class Replaced {
  private static final int[] NONE = new int[0];

  private final Map<SpoolId, int[]> generations = new HashMap<>();

  /** Notes a record that does not count any more, and is still there. */
  void add(SpoolId id, int generation) {
    generations.put(id, union(get(id), new int[] {generation}));
  }

  /** Returns the lives with records of a message that do not count. */
  int[] get(SpoolId id) {
    return generations.getOrDefault(id, NONE);
  }

  /** Forgets a message: a tombstone names its lives now. */
  void forget(SpoolId id) {
    generations.remove(id);
  }

  /** A life is gone, with all that was in it. */
  void gone(int generation) {
    if (!generations.isEmpty()) {
      IntPredicate others = new Others(generation);
      for (Iterator<Map.Entry<SpoolId, int[]>> each = generations.entrySet().iterator();
          each.hasNext(); ) {
        Map.Entry<SpoolId, int[]> message = each.next();
        message.setValue(only(message.getValue(), others));
        if (message.getValue().length == 0) {
          each.remove();
        }
      }
    }
  }

  /** No lambda: one that is linked while the heap is full may fail until the process ends. */
  private record Others(int generation) implements IntPredicate {
    @Override
    public boolean test(int each) {
      return each != generation;
    }
  }

  /** Returns those that are wanted. */
  static int[] only(int[] all, IntPredicate isWanted) {
    int[] left = new int[all.length];
    int count = 0;
    for (int each : all) {
      if (isWanted.test(each)) {
        left[count++] = each;
      }
    }
    return Arrays.copyOf(left, count);
  }

  /** Returns what is in either, once. */
  static int[] union(int[] a, int[] b) {
    if (a.length == 0 || b.length == 0) {
      return a.length == 0 ? b : a;
    }
    Set<Integer> both = new LinkedHashSet<>(); // there may be thousands
    addAll(a, both);
    addAll(b, both);
    int[] all = new int[both.size()];
    int count = 0;
    for (int each : both) {
      all[count++] = each;
    }
    return all;
  }

  private static void addAll(int[] more, Set<Integer> all) {
    for (int each : more) {
      all.add(each);
    }
  }
}
