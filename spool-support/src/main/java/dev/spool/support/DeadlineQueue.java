package dev.spool.support;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls that share one timeout, in order of their beginning, which is that of their end: a
 * linked list through the calls themselves, so that watching a call costs no allocation and
 * forgetting it no search. Safe for use by any thread.
 */
final class DeadlineQueue {
  private final long timeoutNanos;
  private final Object lock = new Object();

  @GuardedBy("lock")
  private @Nullable Call<?> first;

  @GuardedBy("lock")
  private @Nullable Call<?> last;

  DeadlineQueue(long timeoutNanos) {
    this.timeoutNanos = timeoutNanos;
  }

  void add(Call<?> call) {
    synchronized (lock) {
      call.previous = last;
      if (last == null) {
        first = call;
      } else {
        last.next = call;
      }
      last = call;
      call.queued = true;
    }
  }

  /** Takes back a call that {@link #expired} has returned: the next time it is there again. */
  void addFirst(Call<?> call) {
    synchronized (lock) {
      call.next = first;
      if (first == null) {
        last = call;
      } else {
        first.previous = call;
      }
      first = call;
      call.queued = true;
    }
  }

  /** Forgets a call. Without effect if it is not there. */
  void remove(Call<?> call) {
    synchronized (lock) {
      if (!call.queued) {
        return;
      }
      Call<?> previous = call.previous;
      Call<?> next = call.next;
      if (previous == null) {
        first = next;
      } else {
        previous.next = next;
      }
      if (next == null) {
        last = previous;
      } else {
        next.previous = previous;
      }
      call.previous = null;
      call.next = null;
      call.queued = false;
    }
  }

  /** Forgets calls. */
  void removeAll(List<? extends Call<?>> calls) {
    synchronized (lock) {
      for (int i = 0; i < calls.size(); i++) { // without need of memory
        remove(calls.get(i));
      }
    }
  }

  /**
   * Forgets and returns the calls whose time is over at {@code nanoTime}: some of them only, where
   * there is no memory for more.
   */
  List<Call<?>> expired(long nanoTime) {
    List<Call<?>> expired = new ArrayList<>();
    synchronized (lock) {
      try {
        for (Call<?> call = first;
            call != null && nanoTime - call.begun >= timeoutNanos;
            call = first) {
          expired.add(call); // first: this may fail
          remove(call);
        }
      } catch (OutOfMemoryError | InternalError e) {
        return expired;
      }
    }
    return expired;
  }
}
