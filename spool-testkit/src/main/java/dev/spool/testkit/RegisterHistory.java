package dev.spool.testkit;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What was called on one message, when, and with what result; and whether that is linearizable:
 * whether the calls can be put in one order that agrees with time (a call that had ended before
 * another began comes first) in which every load returns what the last write before it left. The
 * algorithm is that of Wing and Gong (1993), with the memory of visited configurations that Lowe
 * added (2017).
 *
 * <p>A write that failed with {@link Outcome#NOT_APPLIED} must not have happened. One that failed
 * with {@link Outcome#UNKNOWN}, or that was cancelled, may have happened at any moment from its
 * call on, or never.
 *
 * <p>Recording is safe for use by any thread; checking is done once all calls have ended.
 */
public final class RegisterHistory {
  /** The value of a message that is not there. */
  public static final long ABSENT = Long.MIN_VALUE;

  private static final long NEVER = Long.MAX_VALUE;

  /**
   * Orders invocations and returns. A return is recorded after it happened, and an invocation
   * before, which is sound.
   */
  private final AtomicLong clock = new AtomicLong();

  /** Guarded by this. */
  private final List<Operation> operations = new ArrayList<>();

  /** Makes an empty history of a message that is absent at first. */
  public RegisterHistory() {}

  /** A call that has begun. */
  public final class Call {
    private final boolean write;
    private final long written;
    private final long invoked = clock.incrementAndGet();

    private Call(boolean write, long written) {
      this.write = write;
      this.written = written;
    }

    /** Records that a store or removal succeeded. */
    public void applied() {
      add(new Operation(true, written, invoked, clock.incrementAndGet()));
    }

    /** Records that a load returned {@code value}, or {@link #ABSENT}. */
    public void loaded(long value) {
      add(new Operation(false, value, invoked, clock.incrementAndGet()));
    }

    /** Records that the call failed; of a load that says nothing. */
    public void failed(SpoolException failure) {
      if (write && failure.outcome() == Outcome.UNKNOWN) {
        unknown();
      }
    }

    /** Records that a write may or may not be carried out, now or later. */
    public void unknown() {
      add(new Operation(true, written, invoked, NEVER));
    }
  }

  /** Records that a store of {@code value} begins; different stores have different values. */
  public Call store(long value) {
    return new Call(true, value);
  }

  /** Records that a removal begins. */
  public Call remove() {
    return new Call(true, ABSENT);
  }

  /** Records that a load begins. */
  public Call load() {
    return new Call(false, ABSENT);
  }

  private synchronized void add(Operation operation) {
    operations.add(operation);
  }

  /**
   * Looks for an order that explains everything.
   *
   * @return null if there is one, or else how far an explanation gets
   */
  public synchronized @Nullable String violation() {
    List<Operation> byTime = new ArrayList<>(operations);
    byTime.sort(Comparator.comparingLong(Operation::invoked));
    return new Search(byTime).run();
  }

  /**
   * One call.
   *
   * @param write whether it is a store or removal
   * @param value what was written or read; {@link #ABSENT} for none
   * @param invoked a moment before it began
   * @param returned a moment after it ended, or {@link #NEVER} if it may yet happen, or never
   */
  private record Operation(boolean write, long value, long invoked, long returned) {
    boolean optional() {
      return returned == NEVER;
    }

    @Override
    public String toString() {
      String shown = value == ABSENT ? "absent" : Long.toString(value);
      return (write ? "write " : "load ")
          + shown
          + " ["
          + invoked
          + ", "
          + (optional() ? "?" : returned)
          + "]";
    }
  }

  /** A configuration: which calls were put in order so far, and what the message is then. */
  private record Configuration(BitSet done, long value) {}

  /**
   * Depth first, over the calls that may come next: those which began before any of the rest had
   * ended.
   */
  private static final class Search {
    private final List<Operation> byTime;
    private final Set<Configuration> visited = new HashSet<>();
    private final Deque<Configuration> open = new ArrayDeque<>();
    private int furthest;
    private @Nullable Configuration furthestAt;

    Search(List<Operation> byTime) {
      this.byTime = byTime;
    }

    @Nullable String run() {
      visit(new Configuration(new BitSet(), ABSENT));
      while (!open.isEmpty()) {
        Configuration at = open.pop();
        if (isExplained(at)) {
          return null;
        }
        expand(at);
      }
      return describe();
    }

    private void visit(Configuration next) {
      if (visited.add(next)) {
        open.push(next);
        if (furthestAt == null || next.done().cardinality() > furthest) {
          furthest = next.done().cardinality();
          furthestAt = next;
        }
      }
    }

    private boolean isExplained(Configuration at) {
      for (int i = at.done().nextClearBit(0);
          i < byTime.size();
          i = at.done().nextClearBit(i + 1)) {
        if (!byTime.get(i).optional()) {
          return false;
        }
      }
      return true;
    }

    private void expand(Configuration at) {
      long firstReturn = NEVER;
      for (int i = at.done().nextClearBit(0);
          i < byTime.size();
          i = at.done().nextClearBit(i + 1)) {
        Operation next = byTime.get(i);
        if (next.invoked() > firstReturn) {
          break; // and so are all behind it: they are in order of invocation
        }
        firstReturn = Math.min(firstReturn, next.returned());
        if (next.write() || next.value() == at.value()) {
          BitSet done = (BitSet) at.done().clone();
          done.set(i);
          visit(new Configuration(done, next.write() ? next.value() : at.value()));
        }
      }
    }

    private String describe() {
      StringBuilder text =
          new StringBuilder("no order explains ").append(byTime.size()).append(" calls; ");
      text.append("the longest explains ").append(furthest).append(" of them");
      Configuration at = furthestAt;
      if (at != null) {
        text.append(" and leaves ")
            .append(at.value() == ABSENT ? "absent" : Long.toString(at.value()));
        text.append(", before:");
        int shown = 0;
        for (int i = at.done().nextClearBit(0);
            i < byTime.size() && shown < 8;
            i = at.done().nextClearBit(i + 1)) {
          text.append(' ').append(byTime.get(i)).append(';');
          shown++;
        }
      }
      return text.toString();
    }
  }
}
