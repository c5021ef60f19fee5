package dev.spool.support;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of a spool on which time passes, one each, so that what hangs in one holds up no
 * other.
 *
 * @param deadlines never blocks: deadlines, ticks
 * @param maintenance asks for free space, and may hang there
 * @param recovery reopens the engine, and proves that it works
 */
record Timers(
    ScheduledThreadPoolExecutor deadlines,
    ScheduledThreadPoolExecutor maintenance,
    ScheduledThreadPoolExecutor recovery) {
  private static final Logger LOG = LoggerFactory.getLogger(Timers.class);

  static Timers of(SpoolThreads threads) {
    return new Timers(
        threads.timer("timer"), threads.timer("maintenance"), threads.timer("recovery"));
  }

  /** What a timer does again and again: after a failure it would never do it any more. */
  static Runnable goingOn(String spool, Runnable work) {
    return () -> {
      try {
        work.run();
      } catch (Throwable t) {
        try {
          LOG.error("spool {}: the timer failed, and goes on", spool, t);
        } catch (Throwable untold) {
          // Not even that could be told, for want of memory.
        }
      }
    };
  }

  /** Begins no more work on the storage; deadlines go on. */
  void stopWork() {
    maintenance.shutdown();
    recovery.shutdown();
  }

  /** Ends all of them. */
  void stop() {
    stopWork();
    deadlines.shutdown();
  }
}
