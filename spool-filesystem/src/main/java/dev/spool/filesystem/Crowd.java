package dev.spool.filesystem;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tells whether so many are under way together, now or a moment ago, that waiting for each other
 * costs them less than it saves. A moment ago, because those who go together end together: just
 * then there are few.
 *
 * <p>Thread-safe.
 */
final class Crowd {
  /** The most of late loses this part of itself with each one that comes, as a power of two. */
  private static final int FADING = 6;

  private final int least;
  private final AtomicInteger now = new AtomicInteger();

  /** The most of late, times two to the power of {@link #FADING}. Races only make it less exact. */
  private volatile int most;

  /**
   * Makes one that is empty.
   *
   * @param least how many are a crowd
   */
  Crowd(int least) {
    this.least = least;
  }

  /** Notes that one has come. Returns whether there is a crowd. */
  boolean enter() {
    int before = most;
    int after = Math.max(now.incrementAndGet() << FADING, before - (before >> FADING));
    most = after;
    return after >= least << FADING;
  }

  /** Notes that so many have gone. */
  void leave(int count) {
    now.addAndGet(-count);
  }
}
