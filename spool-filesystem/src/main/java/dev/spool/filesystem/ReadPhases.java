package dev.spool.filesystem;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Tells when all reads that were under way at some moment have ended, at the cost of two counters
 * for a read: who reads counts in the phase of its beginning; when the phase has changed, and the
 * old one has no readers left, whoever began before the change is gone.
 *
 * <p>Thread-safe, except that {@link #tryChange} is for one thread at a time.
 */
final class ReadPhases {
  private final AtomicIntegerArray readers = new AtomicIntegerArray(2);
  private final AtomicInteger phase = new AtomicInteger();

  /** Begins a read. Returns what {@link #end} wants. */
  int begin() {
    while (true) {
      int now = phase.get();
      readers.incrementAndGet(now & 1);
      if (phase.get() == now) {
        return now & 1;
      }
      readers.decrementAndGet(now & 1); // it has changed meanwhile, and may not see this one
    }
  }

  /** Ends a read. */
  void end(int begun) {
    readers.decrementAndGet(begun);
  }

  /**
   * Changes the phase, unless there are readers of the one before still. When that has succeeded
   * twice, all reads have ended that were under way before the first time.
   */
  boolean tryChange() {
    int now = phase.get();
    if (readers.get((now + 1) & 1) != 0) {
      return false;
    }
    phase.set(now + 1);
    return true;
  }
}
