package dev.spool.cli;

import dev.spool.Durability;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.MessageTooLargeException;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps many stores in flight, so that they share the disk's syncs, and few enough bytes that the
 * memory is bounded.
 *
 * <p>Once the spool refuses or fails a store nothing more is read: what is in flight settles, and
 * all that follows is reported as not stored.
 *
 * <p>An id must not be of the future, since a server's scan at its start passes over what is newer
 * than that; and it must not depend on when the import runs, since it is found again by it. So a
 * message that is dated in the future counts as old as the spool; and once its time has come, it is
 * looked for under that id first.
 */
final class Importer {
  private final Spool spool;
  private final long limit;
  private final ImportReport report;
  private final Instant spoolMade;
  private final Clock clock;
  private final InFlight inFlight = new InFlight();

  /**
   * The ids that messages bring along and that are looked for or stored now: who comes with the
   * same id must not look for it before the first is stored, or it would replace that one. Each
   * future completes when that has ended. Bounded by what is in flight.
   */
  private final Map<SpoolId, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

  /** Set by the first store that shows the spool to be unable; read by the thread that adds. */
  private volatile @Nullable SpoolException stopped;

  /**
   * Makes an importer.
   *
   * @param limit the largest message, in bytes
   * @param spoolMade when the spool was made: the same whenever it is opened
   */
  Importer(Spool spool, long limit, ImportReport report, Instant spoolMade, Clock clock) {
    this.spool = spool;
    this.limit = limit;
    this.report = report;
    this.spoolMade = spoolMade;
    this.clock = clock;
  }

  /** Reads a file and begins to store it; waits while too much is in flight. */
  void add(ImportFile source) {
    if (stopped != null) {
      report.notStored(source.toString(), null);
      return;
    }
    try {
      if (source.length() > limit) {
        throw new MessageTooLargeException(source.length(), limit);
      }
      int room = (int) source.length();
      inFlight.enter(room);
      SpoolId id;
      byte[] message;
      try {
        message = source.read(limit);
        id = source.id(message);
      } catch (IOException | RuntimeException e) {
        inFlight.leave(room);
        throw e;
      }
      Message taken = new Message(id, message, source.toString(), room);
      begin(taken, () -> take(taken, source.keepsId()));
    } catch (MessageTooLargeException e) {
      report.skipped(source.toString(), e.detail());
    } catch (NoSuchFileException e) {
      if (!source.soughtElsewhere()) {
        report.skipped(source.toString(), ErrorReport.describe(e));
      }
    } catch (IOException e) {
      report.skipped(source.toString(), ErrorReport.describe(e));
    }
  }

  /** Tells whether the spool was seen to be unable: nothing more will be stored. */
  boolean hasStopped() {
    return stopped != null;
  }

  /** Begins to store a message that was read already. */
  void add(SpoolId id, byte[] message, String name) {
    if (message.length > limit) {
      report.skipped(name, new MessageTooLargeException(message.length, limit).detail());
      return;
    }
    inFlight.enter(message.length);
    Message taken = new Message(id, message, name, message.length);
    begin(taken, () -> take(taken, false));
  }

  private void take(Message message, boolean keepsId) {
    if (keepsId) {
      awaitTurn(message.id());
      storeUnlessThere(message);
    } else if (!message.id().createdAt().isAfter(spoolMade)) {
      store(message); // it never was to come, as long as there is the spool
    } else if (message.id().createdAt().isAfter(clock.instant())) {
      store(message.asOldAs(spoolMade));
    } else {
      storeWhereItWas(message);
    }
  }

  /** Begins what settles the message, and settles it if that fails at once: nobody else would. */
  private void begin(Message message, Runnable step) {
    try {
      step.run();
    } catch (Throwable t) {
      settle(message, SpoolException.unwrap(t));
    }
  }

  private void store(Message message) {
    CompletableFuture<Void> unused =
        spool
            .store(message.id(), message.data(), Durability.SYNC, null)
            .whenComplete((done, failure) -> settle(message, failure));
  }

  /** Waits until nobody else has to do with that id; it then is the caller's, until it leaves. */
  private void awaitTurn(SpoolId id) {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    for (CompletableFuture<Void> other = underWay.putIfAbsent(id, mine);
        other != null;
        other = underWay.putIfAbsent(id, mine)) {
      other.join();
    }
  }

  private void leave(Message message) {
    CompletableFuture<Void> turn = underWay.remove(message.id());
    if (turn != null) {
      turn.complete(null);
    }
    inFlight.leave(message.room());
  }

  /** An earlier import may have seen the message before the time that it is dated. */
  private void storeWhereItWas(Message message) {
    Message earlier = message.asOldAs(spoolMade);
    CompletableFuture<byte[]> unused =
        spool
            .load(earlier.id())
            .whenComplete(
                (found, failure) ->
                    begin(
                        message,
                        () -> {
                          if (isNotThere(failure)) {
                            store(message);
                          } else {
                            store(earlier); // again: what is readable may not be durable
                          }
                        }));
  }

  /**
   * A message that brings its id along may be there already, and then what is there stays: it is
   * the same, or it was replaced since by its owner.
   */
  private void storeUnlessThere(Message message) {
    CompletableFuture<byte[]> unused =
        spool
            .load(message.id())
            .whenComplete(
                (found, failure) ->
                    begin(
                        message,
                        () -> {
                          if (isNotThere(failure)) {
                            store(message);
                          } else {
                            settleThere(message, found, failure);
                          }
                        }));
  }

  private static boolean isNotThere(@Nullable Throwable failure) {
    return failure != null && SpoolException.unwrap(failure) instanceof MessageNotFoundException;
  }

  private void settleThere(Message message, byte @Nullable [] found, @Nullable Throwable failure) {
    if (failure != null && !(SpoolException.unwrap(failure) instanceof MessageCorruptException)) {
      settle(message, failure);
      return;
    }
    try {
      if (failure != null) {
        report.skipped(
            message.name(),
            "the spool has its id already: " + SpoolException.unwrap(failure).detail());
      } else if (Arrays.equals(found, message.data())) {
        report.thereAlready(message.id(), message.data().length, message.name());
      } else {
        report.skipped(
            message.name(),
            "the spool has another message of its id "
                + message.id()
                + ", which was left as it is");
      }
    } finally {
      leave(message);
    }
  }

  /** Ends a message, whatever became of it: each is settled once. */
  private void settle(Message message, @Nullable Throwable failure) {
    try {
      if (failure == null) {
        report.stored(message.id(), message.data().length, message.name());
        return;
      }
      SpoolException typed = SpoolException.unwrap(failure);
      if (typed instanceof MessageTooLargeException) {
        report.skipped(message.name(), typed.detail());
      } else {
        stopped = typed;
        report.notStored(message.name(), typed);
      }
    } finally {
      leave(message);
    }
  }

  /** Waits until everything in flight is settled. */
  void finish() {
    inFlight.awaitNone();
  }

  /** A message under way, which has taken {@code room} bytes in flight. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Message(SpoolId id, byte[] data, String name, int room) {
    Message asOldAs(Instant created) {
      return new Message(DerivedId.withTime(id, created), data, name, room);
    }
  }
}
