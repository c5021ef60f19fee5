package org.example.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory messages take, of all requests together. The spool bounds what it has admitted;
 * bodies that are on their way to it, and arrays that wait for admission, are the server's to
 * bound.
 */
final class ByteBudget {
  private final long limit;
  private final AtomicLong taken = new AtomicLong();

  ByteBudget(long limit) {
    this.limit = limit;
  }

  /** Takes bytes; returns false, and takes none, if there are not as many left. */
  boolean tryTake(long bytes) {
    if (taken.addAndGet(bytes) <= limit) {
      return true;
    }
    taken.addAndGet(-bytes);
    return false;
  }

  void giveBack(long bytes) {
    taken.addAndGet(-bytes);
  }

  boolean isExhausted() {
    return taken.get() >= limit;
  }

  long taken() {
    return taken.get();
  }
}
