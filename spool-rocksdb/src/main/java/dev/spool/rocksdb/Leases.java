package dev.spool.rocksdb;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts who is inside, and lets nobody in any more once closing has begun. What is guarded by it
 * is freed only after the last one has left: for a native handle, anything else is the end of the
 * JVM. Safe for use by any thread.
 */
final class Leases {
  private static final long CLOSING = 1L << 62;

  /** The number of leases, and {@link #CLOSING}. */
  private final AtomicLong state = new AtomicLong();

  private final CompletableFuture<Void> empty = new CompletableFuture<>();

  /** Takes a lease; returns false once closing has begun. */
  boolean enter() {
    if ((state.getAndIncrement() & CLOSING) == 0) {
      return true;
    }
    exit();
    return false;
  }

  /** Gives a lease back. */
  void exit() {
    if (state.decrementAndGet() == CLOSING) {
      empty.complete(null);
    }
  }

  /** Begins closing. Idempotent. */
  void close() {
    if (state.getAndUpdate(s -> s | CLOSING) == 0) {
      empty.complete(null);
    }
  }

  /**
   * Waits, after {@link #close}, until nobody is inside; returns false if somebody still is after
   * {@code limit}.
   */
  boolean awaitEmpty(Duration limit) {
    boolean interrupted = false;
    long end = System.nanoTime() + limit.toNanos();
    try {
      while (true) {
        try {
          empty.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
          return true;
        } catch (TimeoutException e) {
          return false;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw new IllegalStateException(e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
