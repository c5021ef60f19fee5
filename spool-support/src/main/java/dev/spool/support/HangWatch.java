package dev.spool.support;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes it known when a call into the storage does not return: nothing else tells of a disk that
 * answers neither yes nor no. One thread makes the calls, one after the other; another one looks at
 * the time.
 */
public final class HangWatch {
  /** One call; told from the next by its identity. */
  private static final class Run {
    final long startedNanos;

    Run(long startedNanos) {
      this.startedNanos = startedNanos;
    }
  }

  private final String what;
  private final HealthLatch latch;
  private final Duration limit;
  private final LongSupplier nanoTime;

  /**
   * The call in progress, or null. Written by the calling thread, read by the one that calls {@link
   * #tick}.
   */
  private final AtomicReference<@Nullable Run> running = new AtomicReference<>();

  /**
   * Makes a watch.
   *
   * @param what names the calls: {@code disk probe}; one watch of a name for each latch
   * @param latch is made {@code DEGRADED} while a call hangs
   * @param limit after how long a call hangs
   * @param nanoTime measures durations; in nanoseconds, with any origin
   */
  public HangWatch(String what, HealthLatch latch, Duration limit, LongSupplier nanoTime) {
    this.what = Objects.requireNonNull(what, "what");
    this.latch = Objects.requireNonNull(latch, "latch");
    this.limit = Objects.requireNonNull(limit, "limit");
    this.nanoTime = Objects.requireNonNull(nanoTime, "nanoTime");
  }

  /**
   * A call is about to be made, by this thread. To be followed by {@link #returned}, in a {@code
   * finally}.
   */
  public void calling() {
    running.set(new Run(nanoTime.getAsLong()));
  }

  /** The call has returned or thrown. */
  public void returned() {
    running.set(null);
    latch.degradedCleared(what);
  }

  /**
   * Looks at the time: to be called every second or so, by a thread that never waits for the disk.
   */
  public void tick() {
    Run run = running.get();
    if (run == null || nanoTime.getAsLong() - run.startedNanos < limit.toNanos()) {
      return;
    }
    latch.degraded(what, what + " stuck for more than " + limit.toSeconds() + " s");
    if (running.get() != run) {
      // It returned just now, perhaps before it was called stuck: then nobody else would take that
      // back.
      latch.degradedCleared(what);
    }
  }
}
