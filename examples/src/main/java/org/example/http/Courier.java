package org.example.http;

import dev.spool.Deadline;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.example.sweep.Sweeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers what is in a spool, at least once. The spool is the only list of what is to be done: a
 * message is delivered when it is accepted, if there is room for one more delivery, and whatever is
 * left (from before a restart, after a failed delivery, or of an outcome that was not known) is
 * found by the next sweep. So nothing that must not be forgotten is kept in memory, and nothing
 * grows with the backlog.
 *
 * <p>An id is claimed before its message is stored, or loaded, and until its removal is done:
 * within one process no message is delivered twice unless a delivery or a removal failed.
 */
final class Courier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Courier.class);

  /** The bytes of the messages that are being delivered at once; a larger one goes alone. */
  private static final int MAX_BYTES = 64 << 20;

  /** What the smallest message counts: 64 deliveries at once. */
  private static final int MIN_BYTES = 1 << 20;

  private static final Duration DELIVERY_TIMEOUT = Duration.ofMinutes(5);

  /** How long closing waits for the sweep and the deliveries under way, together. */
  private static final Duration DRAIN = Duration.ofSeconds(10);

  private final Spool spool;
  private final Delivery delivery;
  private final Duration drain;
  private final Semaphore room = new Semaphore(MAX_BYTES, true);
  private final Set<SpoolId> claimed = ConcurrentHashMap.newKeySet();

  private final Sweeper sweeper;

  /** Damaged entries that the last sweep has seen; used by the sweeper only. */
  private long damaged;

  private volatile boolean closed;

  Courier(Spool spool, Delivery delivery, Duration redelivery) {
    this(spool, delivery, redelivery, DRAIN);
  }

  Courier(Spool spool, Delivery delivery, Duration redelivery, Duration drain) {
    this.spool = spool;
    this.delivery = delivery;
    this.drain = drain;
    this.sweeper = new Sweeper(this::sweep, redelivery);
  }

  /** Begins with what is in the spool already. */
  void start() {
    sweeper.start();
  }

  /**
   * Keeps the sweep from delivering a message that is about to be stored, until it is {@link
   * #accepted} or {@linkplain #release released}.
   *
   * @return false if one of that id is being delivered: then this one is left to that, or to a
   *     sweep
   */
  boolean claim(SpoolId id) {
    return claimed.add(id);
  }

  /** Leaves an id that was claimed to the sweep. */
  void release(SpoolId id) {
    claimed.remove(id);
  }

  /**
   * Delivers a message that was claimed, and stored just now; or leaves it to the sweep, if there
   * is no room.
   */
  void accepted(SpoolId id, byte[] message) {
    int weight = weight(message.length);
    // While the sweep waits for room for a large message, small ones must not overtake it for ever.
    if (closed || room.hasQueuedThreads() || !room.tryAcquire(weight)) {
      claimed.remove(id);
      sweeper.leftBehind();
    } else {
      deliver(id, CompletableFuture.completedFuture(message), weight);
    }
  }

  /** Tells whether a message of that id is being delivered, and then removed. */
  boolean isDelivering(SpoolId id) {
    return claimed.contains(id);
  }

  private static int weight(long length) {
    return (int) Math.max(MIN_BYTES, Math.min(length, MAX_BYTES));
  }

  private void sweep() throws InterruptedException {
    // docs: http-sweep begin
    try (EntryChannel found = EntryChannel.bounded(1_000, 1 << 20)) {
      var scan = spool.list(found); // ids only: a payload is loaded when its turn has come
      for (SpoolEntry entry : found) { // consume before you wait for the future
        if (entry instanceof SpoolEntry.Listed listed) {
          int weight = weight(listed.length());
          room.acquire(weight); // bounds what is loaded and not yet delivered
          if (claimed.add(listed.id())) {
            deliver(listed.id(), spool.load(listed.id()), weight);
          } else {
            room.release(weight); // under way already
          }
        }
      }
      reportDamage(scan.join().corrupt());
    } catch (SpoolException | CompletionException e) {
      LOG.warn("the sweep has not seen everything; the next one tries again", e);
    }
    // docs: http-sweep end
  }

  private void deliver(SpoolId id, CompletableFuture<byte[]> message, int weight) {
    // docs: http-deliver begin
    var unused =
        message
            .thenCompose(bytes -> delivery.deliver(id, bytes))
            .toCompletableFuture()
            .orTimeout(DELIVERY_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            .thenCompose(done -> spool.remove(id)) // only now, and delivered again if this fails
            .whenComplete(
                (removed, failure) -> {
                  claimed.remove(id);
                  room.release(weight);
                  if (failure != null) {
                    report(id, SpoolException.unwrap(failure));
                  }
                });
    // docs: http-deliver end
  }

  private void report(SpoolId id, SpoolException failure) {
    if (failure instanceof MessageNotFoundException) {
      LOG.debug("{} was gone when its turn came", id);
    } else if (!closed) {
      LOG.warn("{} stays in the spool and is delivered again later: {}", id, failure.toString());
    }
  }

  private void reportDamage(long corrupt) {
    if (corrupt > damaged) {
      LOG.error("{} entries of the spool are damaged; see them with spool verify", corrupt);
    }
    damaged = corrupt;
  }

  /** Begins no more deliveries, and waits for those under way, but not for ever. */
  @Override
  public void close() {
    closed = true;
    Deadline deadline = Deadline.after(drain); // one for both waits
    try {
      if (sweeper.close(deadline)
          && room.tryAcquire(MAX_BYTES, deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        room.release(MAX_BYTES); // closed again, it does not wait for itself
      } else {
        LOG.warn("deliveries are still under way; they come again after the next start");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
