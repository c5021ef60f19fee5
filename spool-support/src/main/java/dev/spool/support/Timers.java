package dev.spool.support;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of a spool on which time passes, one each, so that what hangs in one holds up no
 * other.
 *
 * @param ticks never blocks, and goes on whatever happens: looks after everything
 * @param deadlines never blocks: what callers have set
 * @param maintenance asks for free space, and may hang there
 * @param recovery reopens the engine, and proves that it works
 */
record Timers(
    Ticks ticks, ScheduledThreadPoolExecutor deadlines, Workers maintenance, Workers recovery) {
  private static final Logger LOG = LoggerFactory.getLogger(Timers.class);
  private static final Duration TICK = Duration.ofMillis(50);

  static Timers of(SpoolThreads threads) {
    return new Timers(
        new Ticks(threads, TICK),
        threads.timer("timer"),
        threads.single("maintenance"),
        threads.single("recovery"));
  }

  /**
   * What a timer does again and again: after a failure it would never do it any more. None of its
   * parts keeps the ones after it from being done.
   */
  static Runnable goingOn(String spool, Runnable... parts) {
    return () -> {
      for (Runnable part : parts) {
        try {
          part.run();
        } catch (Throwable t) {
          tell(spool, t);
        }
      }
    };
  }

  private static void tell(String spool, Throwable failure) {
    try {
      LOG.error("spool {}: the timer failed, and goes on", spool, failure);
    } catch (Throwable untold) {
      // Not even that could be told, for want of memory.
    }
  }

  /** Without memory the timer's thread ends, and another one cannot be started. */
  void revive() {
    if (!deadlines.getQueue().isEmpty()) {
      boolean unused = deadlines.prestartCoreThread(); // if there is none
    }
  }

  /** Begins no more work on the storage; deadlines go on. */
  void stopWork() {
    maintenance.end();
    recovery.end();
  }

  /** Ends all of them. */
  void stop() {
    stopWork();
    ticks.stop();
    deadlines.shutdown();
  }
}
