package org.example;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition that another thread, or process, brings about. */
public final class Eventually {
  /** No figure that anything is measured by: only what never comes takes so long. */
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private static final long PAUSE_NANOS = 1_000_000;

  private Eventually() {}

  /** Returns once the condition holds; fails if it never does. */
  public static void until(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("interrupted, and it was not yet so that " + what);
      }
      if (System.nanoTime() - start > LIMIT.toNanos()) {
        throw new AssertionError("it never came to be that " + what);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
