package dev.spool.support;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the disk for its free space at intervals, and tells the latch what the guard makes of it.
 *
 * <p>Asking may hang on a broken disk, so only the maintenance thread does it ({@link #check}); the
 * timer thread ({@link #tick}) hands it the work, one piece at a time, and notices when an answer
 * has been missing for 3 intervals.
 */
public final class SpaceWatch {

  /** Asks for the room on the spool's own mount: {@code () -> disk.space(directory)}. */
  @FunctionalInterface
  public interface Source {
    /**
     * Asks, and may block.
     *
     * @throws IOException if it could not be found out
     */
    DiskSpace ask() throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(SpaceWatch.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final int INTERVALS_UNTIL_STUCK = 3;
  private static final String UNKNOWN = "free space unknown";

  private static final String UNANSWERED = "disk probe unanswered";

  private final Source source;
  private final SpaceGuard guard;
  private final HealthLatch latch;
  private final long intervalNanos;
  private final Executor maintenance;
  private final LongSupplier nanoTime;
  private final HangWatch hangs;
  private final long limitSeconds;

  /** Made here: what is linked while the heap is full may fail until the process ends. */
  private final Runnable handOver = this::handedOver;

  /**
   * Whether a check was handed over and has not ended. Set by the timer thread, reset by the
   * maintenance thread.
   */
  private final AtomicBoolean pending = new AtomicBoolean();

  /** How many checks have been due since the last answer. */
  private final AtomicInteger unanswered = new AtomicInteger();

  /** Why the last check could not be begun, or not ask; null if nothing has said so. */
  private volatile @Nullable Throwable unasked;

  /** When the last check was begun or handed over. A lost update only moves the next check. */
  private volatile long lastNanos;

  /** The last answer; written by the maintenance thread. */
  private volatile @Nullable DiskSpace last;

  /**
   * Makes a watch that has not asked yet.
   *
   * @param source asks the disk
   * @param guard judges the answer
   * @param latch is told
   * @param interval how long from one question to the next; positive
   * @param maintenance runs the checks, one at a time, on a thread that may block on the disk
   * @param nanoTime measures durations; in nanoseconds, with any origin
   */
  public SpaceWatch(
      Source source,
      SpaceGuard guard,
      HealthLatch latch,
      Duration interval,
      Executor maintenance,
      LongSupplier nanoTime) {
    if (interval.isNegative() || interval.isZero()) {
      throw new IllegalArgumentException("the interval is not positive: " + interval);
    }
    this.source = Objects.requireNonNull(source, "source");
    this.guard = Objects.requireNonNull(guard, "guard");
    this.latch = Objects.requireNonNull(latch, "latch");
    this.intervalNanos = interval.toNanos();
    this.maintenance = Objects.requireNonNull(maintenance, "maintenance");
    this.nanoTime = Objects.requireNonNull(nanoTime, "nanoTime");
    Duration limit = interval.multipliedBy(INTERVALS_UNTIL_STUCK);
    this.limitSeconds = limit.toSeconds();
    this.hangs = new HangWatch("disk probe", latch, limit, nanoTime);
    this.lastNanos = nanoTime.getAsLong() - intervalNanos;
  }

  /**
   * Begins to watch the room of an engine, and asks for it once.
   *
   * @param maintenance runs the checks, one at a time, while the engine is not stopped
   * @return null if the engine has no room to be watched
   */
  static @Nullable SpaceWatch over(
      Engine engine, LocalSpoolBuilder<?> settings, HealthLatch latch, Executor maintenance) {
    DiskSpace now;
    try {
      now = engine.space();
    } catch (IOException e) {
      LOG.warn("spool {}: the free space is not known yet", settings.name, e);
      now = new DiskSpace(0, 0, 0, 0);
    }
    if (now == null) {
      return null;
    }
    if (!now.inodesKnown()
        && settings.minFreeInodes.of(1L << 40) > 0
        && !NativeCalls.tellInodes()) {
      LOG.info(
          "spool {}: free inodes are not watched (minFreeInodes): that takes JNA on the class path,"
              + " and Linux of 64 bits",
          settings.name);
    }
    SpaceWatch watch =
        new SpaceWatch(
            () -> ask(engine),
            new SpaceGuard(settings.minFreeSpace, settings.minFreeInodes),
            latch,
            INTERVAL,
            maintenance,
            System::nanoTime);
    watch.check();
    return watch;
  }

  private static DiskSpace ask(Engine engine) throws IOException {
    DiskSpace now = engine.space();
    if (now == null) {
      throw new IOException("the free space is not known");
    }
    return now;
  }

  /**
   * Asks the disk now, and waits for it. Called on the maintenance thread; and once by the opening,
   * so that a spool on a full disk opens with stores refused, and says why in one WARN.
   *
   * <p>That the disk could not be asked is reported to the latch, and not thrown.
   */
  public void check() {
    lastNanos = nanoTime.getAsLong();
    DiskSpace space;
    hangs.calling();
    try {
      space = source.ask();
      answered();
    } catch (IOException e) {
      answered();
      latch.degraded(UNKNOWN, UNKNOWN + ": " + e);
      latch.report(IoFailures.ofRead(e), "cannot ask for free space", e);
      return;
    } finally {
      hangs.returned();
    }
    last = space;
    latch.degradedCleared(UNKNOWN);
    tell(guard.judge(space));
  }

  /**
   * Hands over a check if one is due, and notices one that hangs, and that none could be begun for
   * too long. Never blocks on the disk: for the timer thread.
   */
  public void tick() {
    hangs.tick();
    if (nanoTime.getAsLong() - lastNanos < intervalNanos || !pending.compareAndSet(false, true)) {
      return;
    }
    lastNanos = nanoTime.getAsLong();
    boolean asked = false;
    boolean stuck = unanswered.getAndIncrement() >= INTERVALS_UNTIL_STUCK;
    try {
      maintenance.execute(handOver);
      asked = true;
    } catch (RejectedExecutionException e) {
      // Maintenance has ended, since the spool is closing.
    } catch (Throwable e) { // no memory, or no thread: the next interval tries again
      unasked = e;
    } finally {
      if (!asked) {
        pending.set(false);
      }
    }
    if (stuck) { // last: there may be no memory to tell it
      Throwable why = unasked;
      String cause = why == null ? "" : ": " + why;
      latch.degraded(
          UNANSWERED, "disk probe not made for more than " + limitSeconds + " s" + cause);
    }
  }

  /** Returns the last answer of the disk, or null if it has given none. */
  public @Nullable DiskSpace last() {
    return last;
  }

  private void answered() {
    unanswered.set(0);
    unasked = null;
    latch.degradedCleared(UNANSWERED);
  }

  private void handedOver() {
    try {
      check();
    } catch (Throwable e) {
      unasked = e;
      throw e;
    } finally {
      pending.set(false);
    }
  }

  private void tell(SpaceGuard.Finding finding) {
    // No switch: its table would be made with the first answer, and never again without memory.
    if (finding.level() == SpaceGuard.Level.LOW) {
      latch.spaceLow(finding.text());
    } else if (finding.level() == SpaceGuard.Level.OK) {
      latch.spaceOk();
    }
  }
}
