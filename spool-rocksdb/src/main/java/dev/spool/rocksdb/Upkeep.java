package dev.spool.rocksdb;

import dev.spool.support.EngineContext;
import dev.spool.support.Scarcity;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that does one thing again and again: every second, and when it is asked to. What goes
 * wrong is logged, and tried again.
 */
final class Upkeep {
  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
  private static final long PERIOD_SECONDS = 1;

  /** One round of the work. */
  interface Round {
    void run() throws Exception;
  }

  private final Thread thread;
  private final Round round;
  private final Semaphore wanted = new Semaphore(1);
  private volatile boolean stopping;

  /** What went wrong in the last round, if anything has; the thread's own. */
  private String last = "";

  Upkeep(EngineContext context, String name, Round round) {
    this.round = round;
    thread = context.threads().thread(name, this::run);
  }

  void start() {
    thread.start();
  }

  /** Asks for a round now. Never blocks. */
  void wake() {
    wanted.release();
  }

  /** Tells whether it is to end: asked by long work. */
  boolean isStopping() {
    return stopping;
  }

  /** Ends it; returns false if it has not ended within {@code limit}. */
  boolean stop(Duration limit) {
    stopping = true;
    wanted.release();
    return Threads.join(thread, limit);
  }

  private void run() {
    while (!stopping) {
      try {
        next();
      } catch (Throwable t) {
        // Not even that could be told, for want of memory; nobody else would try again.
        Scarcity.pause();
      }
    }
  }

  private void next() {
    try {
      var unused = wanted.tryAcquire(PERIOD_SECONDS, TimeUnit.SECONDS);
      wanted.drainPermits();
      if (!stopping) {
        round.run();
        last = "";
      }
    } catch (InterruptedException e) {
      LOG.warn("{} was interrupted, and goes on", thread.getName(), e);
    } catch (Exception | Error e) {
      if (!e.toString().equals(last)) { // not once a second
        last = e.toString();
        LOG.warn("{} failed, and tries again", thread.getName(), e);
      }
    }
  }
}
