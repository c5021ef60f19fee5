package org.example.sweep;

import dev.spool.Deadline;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs sweeps on a thread of its own: one at the start, and the next when the redelivery time has
 * passed, or sooner if something was left behind meanwhile. After each it rests, whatever is left
 * behind: else a destination that is dead, and a stream of messages for which there is no room,
 * would have everything tried again without a pause.
 *
 * <p>The thread outlives whatever a sweep throws: without it, what is in the spool would stay
 * there, and nobody would be told.
 */
public final class Sweeper {
  private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);

  /** From the end of a sweep to the next, at least; or the redelivery time, if that is less. */
  private static final Duration REST = Duration.ofSeconds(1);

  private final Sweep sweep;
  private final Duration rest;
  private final Duration redelivery;
  private final Rest resting;

  /** Has a permit when something was left for the next sweep. */
  private final Semaphore leftBehind = new Semaphore(0);

  private final Thread thread = new Thread(this::run, "sweeper");

  private volatile boolean closed;

  /** Looks through the spool once. Interrupted when it is to end. */
  @FunctionalInterface
  public interface Sweep {
    /** May throw whatever it likes: the next sweep comes. */
    void run() throws InterruptedException;
  }

  /** Lets time pass; a test decides when it has. */
  @FunctionalInterface
  interface Rest {
    void take(Duration time) throws InterruptedException;
  }

  /** Returns one that begins when it is {@linkplain #start started}. */
  public Sweeper(Sweep sweep, Duration redelivery) {
    this(sweep, redelivery, time -> TimeUnit.NANOSECONDS.sleep(time.toNanos()));
  }

  Sweeper(Sweep sweep, Duration redelivery, Rest resting) {
    this.sweep = sweep;
    this.rest = redelivery.compareTo(REST) < 0 ? redelivery : REST;
    this.redelivery = redelivery;
    this.resting = resting;
    thread.setDaemon(true);
  }

  /** Begins with the first sweep. */
  public void start() {
    thread.start();
  }

  /** Has the next sweep come soon: something was not taken up. Cheap, from any thread. */
  public void leftBehind() {
    if (leftBehind.availablePermits() == 0) {
      leftBehind.release();
    }
  }

  private void run() {
    while (!closed) {
      try {
        sweep.run();
      } catch (Throwable t) { // out of memory, too
        report(t);
      }
      try {
        awaitNext();
      } catch (InterruptedException e) {
        // closed: there is no other reason
      }
    }
  }

  private void report(Throwable failure) {
    boolean unused = Thread.interrupted(); // what it may have left: the rest is not to end by that
    if (!closed) {
      LOG.error("a sweep has not come to its end; the next one begins anew", failure);
    }
  }

  private void awaitNext() throws InterruptedException {
    if (closed) {
      return;
    }
    resting.take(rest);
    if (leftBehind.tryAcquire(redelivery.minus(rest).toNanos(), TimeUnit.NANOSECONDS)) {
      leftBehind.drainPermits();
    }
  }

  /** Interrupts the sweep, and waits for its end until the deadline: true if it has come. */
  public boolean close(Deadline deadline) throws InterruptedException {
    closed = true;
    thread.interrupt();
    TimeUnit.NANOSECONDS.timedJoin(thread, deadline.remaining().toNanos());
    return !thread.isAlive();
  }
}
