package dev.spool.cache;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides which results may be cached: those that no change can have made old.
 *
 * <p>Three rules, and the cache holds nothing but what the spool holds:
 *
 * <ol>
 *   <li>A change takes its id out of the cache before it goes to the spool.
 *   <li>The result of a call, load or change, is cached only if no other change of that id was
 *       under way at any moment of the call.
 *   <li>After a change whose outcome is unknown, nothing is cached of that id until a later change
 *       of it, alone, was acknowledged: the unknown one may be carried out at any moment.
 * </ol>
 *
 * <p>Holds an entry for an id only while calls of it are under way. Safe for use by any thread.
 */
final class Freshness {
  /** The calls of one id that are under way. Guarded by the map's lock on that id. */
  private static final class Calls {
    int loads;
    int changes;

    /** Changes that have begun while this exists. */
    long changesBegun;

    boolean none() {
      return loads == 0 && changes == 0;
    }
  }

  /** One call that is under way. Written while it begins, read when it ends. */
  static final class Ticket {
    private final SpoolId id;
    private boolean alone;
    private long changesBegun;

    private Ticket(SpoolId id) {
      this.id = id;
    }

    private void begin(Calls calls, boolean alone) {
      this.alone = alone;
      changesBegun = calls.changesBegun;
    }

    /** Tells whether no other change was under way at any moment since the call began. */
    private boolean undisturbed(Calls calls) {
      return alone && changesBegun == calls.changesBegun;
    }
  }

  private final CachedMessages messages;
  private final Doubts doubts = new Doubts();
  private final ConcurrentHashMap<SpoolId, Calls> underWay = new ConcurrentHashMap<>();

  Freshness(CachedMessages messages) {
    this.messages = messages;
  }

  /** A load is about to go to the spool. */
  Ticket beginLoad(SpoolId id) {
    Ticket ticket = new Ticket(id);
    underWay.compute(
        id,
        (same, present) -> {
          Calls calls = present == null ? new Calls() : present;
          ticket.begin(calls, calls.changes == 0);
          calls.loads++;
          return calls;
        });
    return ticket;
  }

  /** A store, a removal or a quarantine is about to go to the spool. */
  Ticket beginChange(SpoolId id) {
    Ticket ticket = new Ticket(id);
    underWay.compute(
        id,
        (same, present) -> {
          Calls calls = present == null ? new Calls() : present;
          boolean alone = calls.changes == 0;
          calls.changes++;
          calls.changesBegun++;
          ticket.begin(calls, alone);
          messages.remove(id);
          return calls;
        });
    return ticket;
  }

  /**
   * A load has ended.
   *
   * @param data what it returned, or null if it failed
   */
  void endLoad(Ticket ticket, byte @Nullable [] data) {
    byte[] copy = null;
    try {
      copy = data == null ? null : messages.copyToKeep(data);
    } finally {
      endLoadKeeping(ticket, copy);
    }
  }

  private void endLoadKeeping(Ticket ticket, byte @Nullable [] copy) {
    underWay.computeIfPresent(
        ticket.id,
        (id, calls) -> {
          calls.loads--;
          if (copy != null && ticket.undisturbed(calls) && !doubts.contains(id)) {
            messages.put(id, copy);
          }
          return calls.none() ? null : calls;
        });
    if (copy != null) {
      messages.trim();
    }
  }

  /**
   * A change has ended.
   *
   * @param data what the spool holds now if it was carried out, or null for nothing
   * @param failure why it was not, or may not have been, carried out; null if it was
   */
  void endChange(Ticket ticket, byte @Nullable [] data, @Nullable Throwable failure) {
    byte[] copy = null;
    try {
      copy = data == null || failure != null ? null : messages.copyToKeep(data);
    } finally {
      endChangeKeeping(ticket, copy, failure);
    }
  }

  private void endChangeKeeping(
      Ticket ticket, byte @Nullable [] copy, @Nullable Throwable failure) {
    boolean unknown =
        failure != null && SpoolException.unwrap(failure).outcome() == Outcome.UNKNOWN;
    underWay.computeIfPresent(
        ticket.id,
        (id, calls) -> {
          calls.changes--;
          if (unknown) {
            doubts.add(id);
          } else if (failure == null && ticket.undisturbed(calls)) {
            doubts.settle(id);
            if (copy != null) {
              messages.put(id, copy);
            }
          }
          return calls.none() ? null : calls;
        });
    if (copy != null) {
      messages.trim();
    }
  }

  /** Returns how many ids have calls under way. */
  int idsUnderWay() {
    return underWay.size();
  }

  /** Returns about how many ids are in doubt. */
  int idsInDoubt() {
    return doubts.count();
  }
}
