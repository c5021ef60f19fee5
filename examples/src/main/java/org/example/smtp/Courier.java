package org.example.smtp;

import dev.spool.Deadline;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.example.sweep.Sweeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers what is in the store, at least once. The store is the only list of what is to be done: a
 * message is delivered when it was accepted, if there is room, and whatever is left (from before a
 * start, after a delivery that failed) is found by the next sweep. So nothing that must not be
 * forgotten is kept in memory, and nothing grows with what is waiting.
 *
 * <p>An id is claimed before its message is loaded, and until its removal is done: within one
 * process a message is delivered twice only if its removal has failed.
 */
final class Courier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Courier.class);

  /** Claimed ids that may wait for a thread, for each that has one. */
  private static final int WAITING = 250;

  /** How long closing waits for the sweep and the deliveries under way, together. */
  private static final Duration DRAIN = Duration.ofSeconds(30);

  private final MailStore store;
  private final Delivery delivery;
  private final Duration drain;
  private final ExecutorService threads;
  private final Set<SpoolId> claimed = ConcurrentHashMap.newKeySet();

  /** Room for further claims. */
  private final Semaphore room;

  private final Sweeper sweeper;

  /** Used by the sweeper only. */
  private boolean orphansCollected;

  private volatile boolean closed;

  Courier(MailStore store, Delivery delivery, Settings settings) {
    this(store, delivery, settings, DRAIN);
  }

  Courier(MailStore store, Delivery delivery, Settings settings, Duration drain) {
    this.store = store;
    this.delivery = delivery;
    this.drain = drain;
    this.sweeper = new Sweeper(this::run, settings.redelivery());
    this.threads = Executors.newFixedThreadPool(settings.deliveries());
    this.room = new Semaphore(settings.deliveries() * WAITING);
  }

  /** Begins with what is in the store already. */
  void start() {
    sweeper.start();
  }

  /** Delivers a message that was accepted just now, or leaves it to the sweep. */
  void accepted(SpoolId id) {
    if (closed || !room.tryAcquire()) {
      sweeper.leftBehind();
    } else {
      claim(id);
    }
  }

  private void run() {
    if (!orphansCollected) {
      orphansCollected = true;
      collectOrphans();
    }
    sweep();
  }

  private void collectOrphans() {
    try {
      LOG.info("{} bodies without envelopes were removed", store.collectOrphans());
    } catch (RuntimeException e) {
      if (!closed) {
        LOG.warn("bodies without envelopes stay until the next start", e);
      }
    }
  }

  // docs: smtp-sweep begin
  private void sweep() {
    try {
      long damaged =
          store.forEach(
              id -> {
                acquireRoom(); // the scan waits, and holds bounded memory
                claim(id);
              });
      if (damaged > 0) {
        LOG.error("{} envelopes are damaged; see them with spool verify", damaged);
      }
    } catch (RuntimeException e) {
      if (!closed) {
        LOG.warn("the sweep has not seen everything; the next one tries again", e);
      }
    }
  }

  // docs: smtp-sweep end

  private void acquireRoom() {
    try {
      room.acquire();
    } catch (InterruptedException e) {
      throw (CancellationException) new CancellationException("closed").initCause(e);
    }
  }

  /** Takes over a permit of {@link #room}. */
  private void claim(SpoolId id) {
    if (closed || !claimed.add(id)) { // under way already
      room.release();
      return;
    }
    try {
      threads.execute(() -> carryOut(id));
    } catch (RuntimeException | Error e) { // closed meanwhile, or there is no thread to be had
      release(id);
      if (!closed) {
        LOG.warn("{} is kept, and delivered later: {}", id, e.toString());
      }
    }
  }

  private void carryOut(SpoolId id) {
    try {
      if (!closed) {
        deliver(id);
      }
    } catch (MessageNotFoundException e) {
      LOG.debug("{} was gone when its turn came", id);
    } catch (UnpairedException | MessageCorruptException | IllegalArgumentException e) {
      LOG.error("{} cannot be delivered, and is kept: {}", id, e.toString());
    } catch (IOException | RuntimeException | Error e) { // whatever it is, the thread goes on
      LOG.warn("{} is kept, and delivered again later: {}", id, e.toString());
    } finally {
      release(id);
    }
  }

  // docs: smtp-deliver begin
  void deliver(SpoolId id) throws IOException {
    Mail mail = store.load(id);
    delivery.deliver(mail);
    store.remove(id); // only now; delivered again if the process dies in between
  }

  // docs: smtp-deliver end

  private void release(SpoolId id) {
    claimed.remove(id);
    room.release();
  }

  /** The messages that are claimed. */
  int underWay() {
    return claimed.size();
  }

  /** Begins no more deliveries, and waits for those under way, but not for ever. */
  @Override
  public void close() {
    closed = true;
    Deadline deadline = Deadline.after(drain); // one for both waits
    threads.shutdown();
    try {
      if (!sweeper.close(deadline)
          || !threads.awaitTermination(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.warn("deliveries are still under way; they come again after the next start");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
