package dev.spool.support;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what is under way: the calls of each kind, and the bytes of stores. What does not fit
 * waits in order of arrival, in a queue and not in a thread; what does not fit there either is
 * refused.
 *
 * <p>A store that is larger than the bound in bytes is admitted alone. Nobody overtakes within a
 * kind, so that a large store is not kept waiting for ever by small ones. Safe for use by any
 * thread.
 */
final class Admission {
  /** What became of a call. */
  enum Verdict {
    ADMITTED,
    WAITING,
    REFUSED
  }

  private static final class Lane {
    final int limit;
    int running;
    final LinkedHashSet<Call<?>> waiting = new LinkedHashSet<>();

    Lane(int limit) {
      this.limit = limit;
    }
  }

  private final long maxBytes;
  private final int maxWaiting;
  private final Object lock = new Object();

  @GuardedBy("lock")
  private final Map<CallKind, Lane> lanes = new EnumMap<>(CallKind.class);

  @GuardedBy("lock")
  private long bytes;

  @GuardedBy("lock")
  private int waiting;

  Admission(LocalSpoolBuilder<?> settings) {
    maxBytes = settings.maxInFlightBytes;
    maxWaiting = settings.maxWaiting;
    lanes.put(CallKind.STORE, new Lane(settings.maxConcurrentStores));
    lanes.put(CallKind.LOAD, new Lane(settings.maxConcurrentLoads));
    lanes.put(CallKind.REMOVE, new Lane(settings.maxConcurrentRemoves));
  }

  /** Admits a call, or lets it wait, or refuses it. */
  Verdict admit(Call<?> call) {
    synchronized (lock) {
      Lane lane = lane(call.kind());
      if (lane.waiting.isEmpty() && fits(lane, call)) {
        take(lane, call);
        return Verdict.ADMITTED;
      }
      if (waiting >= maxWaiting) {
        return Verdict.REFUSED;
      }
      try {
        lane.waiting.add(call);
      } catch (Throwable e) {
        lane.waiting.remove(call); // it may be there
        throw e;
      }
      waiting++;
      return Verdict.WAITING;
    }
  }

  /** Gives back what an admitted call occupied; returns the calls that are admitted by it. */
  List<Call<?>> release(Call<?> call) {
    synchronized (lock) {
      giveBack(call);
      return admitWaiting();
    }
  }

  /** Gives back what admitted calls occupied; returns the calls that are admitted by it. */
  List<Call<?>> release(List<? extends Call<?>> calls) {
    synchronized (lock) {
      for (int i = 0; i < calls.size(); i++) {
        giveBack(calls.get(i));
      }
      return admitWaiting();
    }
  }

  @GuardedBy("lock")
  private void giveBack(Call<?> call) {
    lane(call.kind()).running--;
    bytes -= call.bytes;
  }

  /**
   * Takes a call out of the queue.
   *
   * @return the calls that are admitted by it, since it may have been a large one at the head; null
   *     if it was not there
   */
  @Nullable List<Call<?>> removeWaiting(Call<?> call) {
    synchronized (lock) {
      if (!lane(call.kind()).waiting.remove(call)) {
        return null;
      }
      waiting--;
      return admitWaiting();
    }
  }

  /**
   * Returns the calls that are admitted now: those for which there was no memory when there was
   * room.
   */
  List<Call<?>> admitAgain() {
    synchronized (lock) {
      return admitWaiting();
    }
  }

  /** Returns the call of a kind that has waited longest; null if none waits. */
  @Nullable Call<?> longestWaiting(CallKind kind) {
    synchronized (lock) {
      Lane lane = lane(kind);
      return lane.waiting.isEmpty() ? null : lane.waiting.iterator().next();
    }
  }

  /** Returns the calls of a kind that wait. */
  List<Call<?>> waiting(CallKind kind) {
    synchronized (lock) {
      return List.copyOf(lane(kind).waiting);
    }
  }

  /** Returns the number of calls of a kind that are admitted. */
  int running(CallKind kind) {
    synchronized (lock) {
      return lane(kind).running;
    }
  }

  /** Returns the number of calls that wait. */
  int waiting() {
    synchronized (lock) {
      return waiting;
    }
  }

  /** Returns the bytes of the calls that are admitted. */
  long bytes() {
    synchronized (lock) {
      return bytes;
    }
  }

  @GuardedBy("lock")
  private List<Call<?>> admitWaiting() {
    List<Call<?>> admitted = List.of();
    if (waiting > 0) {
      try {
        admitted = new ArrayList<>();
        admitInto(admitted);
      } catch (OutOfMemoryError | InternalError e) {
        // Those that are not in it wait on, until something else is given back, or admitAgain.
      }
    }
    return admitted;
  }

  @GuardedBy("lock")
  private void admitInto(List<Call<?>> admitted) {
    for (Lane lane : lanes.values()) {
      var queue = lane.waiting.iterator();
      while (queue.hasNext()) {
        Call<?> call = queue.next();
        if (!fits(lane, call)) {
          break;
        }
        admitted.add(call); // first: there may be no memory for it
        queue.remove();
        waiting--;
        take(lane, call);
      }
    }
  }

  @GuardedBy("lock")
  private boolean fits(Lane lane, Call<?> call) {
    return lane.running < lane.limit
        && (call.bytes == 0 || bytes == 0 || call.bytes <= maxBytes - bytes);
  }

  @GuardedBy("lock")
  private void take(Lane lane, Call<?> call) {
    lane.running++;
    bytes += call.bytes;
  }

  @GuardedBy("lock")
  private Lane lane(CallKind kind) {
    Lane lane = lanes.get(kind);
    if (lane == null) {
      throw new IllegalStateException("no lane for " + kind);
    }
    return lane;
  }
}
