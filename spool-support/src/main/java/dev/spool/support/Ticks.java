package dev.spool.support;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that does one thing again and again, until it is stopped. It needs no memory for that:
 * one of the JDK's timers forgets what it is to repeat when there is none.
 */
final class Ticks {
  private final SpoolThreads threads;
  private final long pauseNanos;
  private volatile boolean stopped;
  private @Nullable Thread thread;

  Ticks(SpoolThreads threads, Duration pause) {
    this.threads = threads;
    this.pauseNanos = pause.toNanos();
  }

  /**
   * Starts it; once.
   *
   * @param work does not block, and throws nothing
   */
  synchronized void start(Runnable work) {
    thread =
        threads.thread(
            "ticks",
            () -> {
              while (!stopped) {
                LockSupport.parkNanos(this, pauseNanos);
                boolean unused = Thread.interrupted(); // else it would not pause
                work.run();
              }
            });
    thread.start();
  }

  synchronized void stop() {
    stopped = true;
    LockSupport.unpark(thread);
  }
}
