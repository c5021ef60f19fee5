package dev.spool.support;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Open, then closing: counts the leases of calls in flight, and refuses new ones once closing has
 * begun. Whoever holds a lease may use the engine; it is closed after the last lease was given
 * back. Safe for use by any thread.
 */
final class Lifecycle {
  private static final long CLOSING = 1L << 62;

  /** The number of leases, and {@link #CLOSING}. */
  private final AtomicLong state = new AtomicLong();

  private final CompletableFuture<Void> idle = new CompletableFuture<>();

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
    exit(1);
  }

  /** Gives leases back. */
  void exit(int leases) {
    if (leases > 0 && state.addAndGet(-leases) == CLOSING) {
      idle.complete(null);
    }
  }

  /** Begins closing; returns false if it had begun already. */
  boolean beginClosing() {
    long before = state.get();
    while ((before & CLOSING) == 0 && !state.compareAndSet(before, before | CLOSING)) {
      before = state.get();
    }
    if ((before & CLOSING) != 0) {
      return false;
    }
    if (before == 0) {
      idle.complete(null);
    }
    return true;
  }

  /** Returns how many leases are out now. */
  long leases() {
    return state.get() & ~CLOSING;
  }

  boolean isClosing() {
    return (state.get() & CLOSING) != 0;
  }

  /** Waits, after {@link #beginClosing}, until no lease is left. */
  void awaitIdle() {
    idle.join();
  }
}
