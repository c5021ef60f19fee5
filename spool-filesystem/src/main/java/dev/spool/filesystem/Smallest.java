package dev.spool.filesystem;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the smallest of all that it is shown, each once: so a directory of any size can be gone
 * through in order, in passes, with memory for one pass. Belongs to one thread.
 */
final class Smallest<T extends Comparable<T>> {
  private final @Nullable T after;
  private final int limit;
  private final List<T> kept = new ArrayList<>();
  private boolean sorted = true;

  /** The largest that can still be among the smallest; null while all can. */
  private @Nullable T largest;

  /**
   * Makes one for the next pass.
   *
   * @param after where the last pass ended: only larger ones are kept; null for the first pass
   * @param limit how many to keep at most, at least 2
   */
  Smallest(@Nullable T after, int limit) {
    this.after = after;
    this.limit = limit;
  }

  void offer(T value) {
    if ((after != null && value.compareTo(after) <= 0)
        || (largest != null && value.compareTo(largest) > 0)) {
      return;
    }
    kept.add(value);
    sorted = false;
    if (kept.size() > limit) {
      sort();
      // Half of them, so that the sorting is paid by many, and not by each that comes after.
      if (kept.size() > limit / 2) {
        kept.subList(limit / 2, kept.size()).clear();
        largest = kept.get(kept.size() - 1);
      }
    }
  }

  private void sort() {
    if (sorted) {
      return;
    }
    sorted = true;
    kept.sort(null);
    int distinct = 0;
    for (T value : kept) {
      if (distinct == 0 || !value.equals(kept.get(distinct - 1))) {
        kept.set(distinct++, value);
      }
    }
    kept.subList(distinct, kept.size()).clear();
  }

  /** Returns them, sorted. */
  List<T> take() {
    sort();
    return kept;
  }

  /** Returns where the next pass begins: the last one of them, or of the passes before. */
  @Nullable T last() {
    sort();
    return kept.isEmpty() ? after : kept.get(kept.size() - 1);
  }

  /** Tells whether there were more, which takes another pass. */
  boolean isCut() {
    return largest != null;
  }
}
