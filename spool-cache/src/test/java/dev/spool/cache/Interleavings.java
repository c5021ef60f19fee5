package dev.spool.cache;

import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.memory.MemorySpool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs calls of one id against a cache, in an order that is given step by step, and looks after
 * each step whether what the cache would serve is what the spool holds.
 *
 * <p>The spool under the cache is a model: one value, and calls that begin, take effect and end
 * when they are told to. Of two changes, one of which had ended before the other began, the earlier
 * takes effect first, also if its outcome was unknown: what backends promise by never losing what
 * they have acknowledged.
 */
final class Interleavings implements AutoCloseable {

  /** What one call does, and how it ends. */
  enum Plan {
    LOAD(true, false),
    STORE(false, true),
    STORE_NOT_APPLIED(false, false),
    STORE_UNKNOWN_NOT_APPLIED(false, false),
    STORE_UNKNOWN_APPLIED(false, true),
    STORE_UNKNOWN_APPLIED_LATER(false, true),
    REMOVE(false, true),
    REMOVE_NOT_APPLIED(false, false),
    REMOVE_UNKNOWN_NOT_APPLIED(false, false),
    REMOVE_UNKNOWN_APPLIED(false, true),
    REMOVE_UNKNOWN_APPLIED_LATER(false, true);

    final boolean load;
    final boolean applied;

    Plan(boolean load, boolean applied) {
      this.load = load;
      this.applied = applied;
    }

    boolean store() {
      return name().startsWith("STORE");
    }

    boolean later() {
      return name().endsWith("LATER");
    }

    /** How many steps the call takes: it begins, takes effect, and ends. */
    int steps() {
      return load || applied ? 3 : 2;
    }
  }

  /** Ids that were left in doubt add up, and doubts that meet keep ids out of the cache. */
  private static final int SEQUENCES_A_CACHE = 2000;

  // Made once, since calls fail by the million.
  private final SpoolException notFound = new MessageNotFoundException(SpoolId.random());
  private final SpoolException notApplied = planned(Outcome.NOT_APPLIED);
  private final SpoolException unknown = planned(Outcome.UNKNOWN);

  private final UnaryOperator<Spool> caching;
  private final Spool memory = MemorySpool.open();
  private HandDrivenSpool spool = new HandDrivenSpool(memory);
  private Spool cache;
  private int sequences;

  /** How often a step left something in the cache. */
  long served;

  Interleavings(UnaryOperator<Spool> caching) {
    this.caching = caching;
    cache = caching.apply(spool);
  }

  @Override
  public void close() {
    memory.close();
  }

  /** One call of a sequence. */
  private static final class Running {
    final Plan plan;
    final byte[] message;
    int step;
    boolean ended;
    boolean effective;
    byte @Nullable [] seen;
    @Nullable CompletableFuture<byte[]> load;
    @Nullable CompletableFuture<Void> change;

    /** Calls that had ended when this one began. */
    final List<Running> before = new ArrayList<>();

    Running(Plan plan, int number) {
      this.plan = plan;
      message = new byte[] {(byte) number};
    }
  }

  /** What the spool holds; the state of one sequence. */
  private byte @Nullable [] value;

  private SpoolId id = SpoolId.random();
  private List<Running> calls = List.of();

  /**
   * Runs one sequence.
   *
   * @param plans the calls
   * @param order whose turn it is, step by step: indices of {@code plans}; it ends early at a step
   *     that no spool allows
   * @param known how many of the first steps another sequence has had in common, so that what the
   *     cache would serve after them was looked at there
   * @return null if the cache was right after each step, or what it would have served wrongly
   */
  @Nullable String violation(List<Plan> plans, int[] order, int known) {
    renew();
    calls = new ArrayList<>();
    for (Plan plan : plans) {
      calls.add(new Running(plan, calls.size() + 1));
    }
    String violation = null;
    for (int at = 0; at < order.length && violation == null; at++) {
      if (!step(calls.get(order[at]))) {
        break;
      }
      violation = at < known ? null : wrong();
    }
    endAll();
    return violation == null ? null : plans + " in the order " + Arrays.toString(order) + violation;
  }

  /** Begins with another id, whose message was stored, and is cached. */
  private void renew() {
    if (++sequences % SEQUENCES_A_CACHE == 0) {
      spool = new HandDrivenSpool(memory);
      cache = caching.apply(spool);
    }
    id = SpoolId.random();
    value = new byte[] {0};
    CompletableFuture<Void> stored = cache.store(id, value, Durability.SYNC, null);
    spool.changes.remove().complete(null);
    stored.join();
  }

  private boolean step(Running call) {
    switch (call.step++) {
      case 0 -> begin(call);
      case 1 -> {
        if (call.plan.load || (call.plan.applied && !call.plan.later())) {
          return takeEffect(call);
        }
        end(call);
      }
      default -> {
        if (call.plan.later()) {
          return takeEffect(call);
        }
        end(call);
      }
    }
    return true;
  }

  private void begin(Running call) {
    for (Running other : calls) {
      if (other.ended) {
        call.before.add(other);
      }
    }
    if (call.plan.load) {
      var unused = cache.load(id);
      call.load = spool.loads.poll(); // null if the cache answers
    } else {
      var unused =
          call.plan.store()
              ? cache.store(id, call.message, Durability.SYNC, null)
              : cache.remove(id, Durability.SYNC, null);
      call.change = spool.changes.remove();
    }
  }

  /** Returns false if the order is one that no spool allows. */
  private boolean takeEffect(Running call) {
    if (call.plan.load) {
      call.seen = value;
      return true;
    }
    for (Running earlier : call.before) {
      if (earlier.plan.later() && !earlier.effective) {
        return false;
      }
    }
    call.effective = true;
    value = call.plan.store() ? call.message : null;
    return true;
  }

  private void end(Running call) {
    call.ended = true;
    SpoolException failure = failure(call.plan);
    if (call.change != null) {
      end(call.change, null, failure);
    } else if (call.load != null) {
      byte[] seen = call.seen;
      end(call.load, seen == null ? null : seen.clone(), seen == null ? notFound : null);
    }
  }

  private @Nullable SpoolException failure(Plan plan) {
    return switch (plan) {
      case LOAD, STORE, REMOVE -> null;
      case STORE_NOT_APPLIED, REMOVE_NOT_APPLIED -> notApplied;
      default -> unknown;
    };
  }

  private static SpoolException planned(Outcome outcome) {
    return new DeadlineExceededException("planned by a test", outcome);
  }

  private static <T> void end(
      CompletableFuture<T> future, @Nullable T result, @Nullable SpoolException failure) {
    if (failure == null) {
      future.complete(result);
    } else {
      future.completeExceptionally(failure);
    }
  }

  /** Ends what an order left open. */
  private void endAll() {
    for (Running call : calls) {
      if (call.change != null) {
        call.change.completeExceptionally(notFound);
      } else if (call.load != null) {
        call.load.completeExceptionally(notFound);
      }
    }
  }

  /** Returns what the cache would serve that is not what the spool holds. */
  private @Nullable String wrong() {
    CompletableFuture<byte[]> load = cache.load(id);
    CompletableFuture<byte[]> reached = spool.loads.poll();
    if (reached != null) {
      reached.completeExceptionally(notFound); // which is of no consequence
      return null;
    }
    served++;
    byte[] cached = load.join();
    return Arrays.equals(cached, value)
        ? null
        : ": the cache serves "
            + Arrays.toString(cached)
            + " while the spool holds "
            + Arrays.toString(value);
  }
}
