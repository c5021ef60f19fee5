package dev.spool.support;

import java.util.concurrent.locks.LockSupport;

/**
 * What is done about a heap that is full, where something must be done nevertheless: a call that
 * has ended is to be told so, and by nobody else. It is tried again until there is memory for it,
 * which those who fill the heap may give back at any time.
 */
public final class Scarcity {
  private static final long PAUSE_NANOS = 10_000_000;

  private Scarcity() {}

  /** Waits a little before the next attempt. Needs no memory. */
  public static void pause() {
    LockSupport.parkNanos(PAUSE_NANOS);
  }
}
