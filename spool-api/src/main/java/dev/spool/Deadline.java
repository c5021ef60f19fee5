package dev.spool;

import java.time.Duration;
import java.util.Objects;

/**
 * A moment after which the caller no longer waits, on the JVM's monotonic clock: steps of the wall
 * clock do not move it.
 *
 * <p>Immutable and safe for use by any thread. It means nothing to another process.
 */
public final class Deadline {
  /** The furthest deadline: differences of {@code System.nanoTime()} must stay below 2^63. */
  private static final long MAX_NANOS = Long.MAX_VALUE / 2;

  private final long nanoTime;

  private Deadline(long nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Returns the deadline that is {@code timeout} from now; a zero or negative timeout has expired
   * already. Timeouts beyond 146 years are cut to that.
   */
  public static Deadline after(Duration timeout) {
    Objects.requireNonNull(timeout, "timeout");
    long nanos;
    if (timeout.isNegative()) {
      nanos = 0;
    } else if (timeout.compareTo(Duration.ofNanos(MAX_NANOS)) >= 0) {
      nanos = MAX_NANOS;
    } else {
      nanos = timeout.toNanos();
    }
    return new Deadline(System.nanoTime() + nanos);
  }

  /** Returns the time left; zero once expired, never negative. */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, nanoTime - System.nanoTime()));
  }

  /** Tells whether no time is left. */
  public boolean isExpired() {
    return nanoTime - System.nanoTime() <= 0;
  }

  /** Returns the earlier of this deadline and {@code other}. */
  public Deadline min(Deadline other) {
    return other.nanoTime - nanoTime < 0 ? other : this;
  }

  @Override
  public String toString() {
    return "Deadline[in " + remaining() + "]";
  }
}
