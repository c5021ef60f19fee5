package dev.spool.support;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * What is done about a heap that is full, where something must be done nevertheless: a call that
 * has ended is to be told so, and by nobody else. It is tried again until there is memory for it,
 * which those who fill the heap may give back at any time.
 *
 * <p>What tells of it is an {@link OutOfMemoryError}; or an {@link InternalError}, into which the
 * JDK wraps one where it links a method handle or a string's concatenation for the first time. So
 * those who must go on catch both.
 */
public final class Scarcity {
  private static final long PAUSE_NANOS = 10_000_000;

  private Scarcity() {}

  /** Waits a little before the next attempt. Needs no memory. */
  public static void pause() {
    LockSupport.parkNanos(PAUSE_NANOS);
  }

  /** Tells whether it was for want of memory that something failed. Needs none. */
  public static boolean isMet(Throwable failure) {
    Throwable each = failure;
    while (each instanceof InternalError && each.getCause() != null) {
      each = each.getCause();
    }
    return each instanceof OutOfMemoryError;
  }

  /**
   * Waits a little before the next attempt of what has failed for want of memory; throws what is
   * something else. Needs none.
   */
  public static void await(Error failure) {
    if (!isMet(failure)) {
      throw failure;
    }
    pause();
  }

  /**
   * Fails a future, which takes memory, other than to complete it with a value: nobody else would.
   * Without effect on one that is complete.
   */
  public static void fail(CompletableFuture<?> future, Throwable why) {
    boolean told = false;
    while (!told) {
      try {
        future.completeExceptionally(why);
        told = true;
      } catch (OutOfMemoryError | InternalError e) {
        await(e);
      }
    }
  }
}
