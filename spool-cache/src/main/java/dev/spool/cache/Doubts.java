package dev.spool.cache;

import dev.spool.SpoolId;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The ids of which nobody knows what the spool will hold: a change ended with an unknown outcome,
 * and may be carried out at any later moment. What a load returns meanwhile is true, and may not be
 * true for long.
 *
 * <p>A table of fixed size, since callers may leave any number of ids in doubt: each id has one
 * slot, and where two ids in doubt meet, all ids of that slot are in doubt from then on. That costs
 * hits, and never a stale read. Safe for use by any thread.
 */
final class Doubts {
  /** With an id in each of them, the table takes 600 KiB. */
  static final int SLOTS = 1 << 14;

  /** Stands for more ids than one. */
  private static final SpoolId SEVERAL = SpoolId.random();

  private final AtomicReferenceArray<@Nullable SpoolId> slots = new AtomicReferenceArray<>(SLOTS);

  void add(SpoolId id) {
    slots.updateAndGet(slot(id), was -> was == null || was.equals(id) ? id : SEVERAL);
  }

  /** A later change has been carried out, and with it is decided what became of the earlier one. */
  void settle(SpoolId id) {
    slots.updateAndGet(slot(id), was -> id.equals(was) ? null : was);
  }

  boolean contains(SpoolId id) {
    SpoolId inDoubt = slots.get(slot(id));
    return inDoubt != null && (inDoubt.equals(id) || inDoubt.equals(SEVERAL));
  }

  /** Counts the slots in doubt: about as many as ids. */
  int count() {
    int count = 0;
    for (int i = 0; i < SLOTS; i++) {
      count += slots.getPlain(i) == null ? 0 : 1;
    }
    return count;
  }

  static int slot(SpoolId id) {
    int hash = id.hashCode();
    return (hash ^ hash >>> 16) & (SLOTS - 1);
  }
}
