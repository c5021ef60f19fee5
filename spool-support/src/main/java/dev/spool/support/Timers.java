package dev.spool.support;

import java.util.concurrent.ScheduledThreadPoolExecutor;

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

  static Timers of(SpoolThreads threads) {
    return new Timers(
        threads.timer("timer"), threads.timer("maintenance"), threads.timer("recovery"));
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
