package dev.spool.rocksdb;

import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.rocksdb.RocksDBException;

/**
 * One write's experience with a RocksDB that would have to wait: it is tried again, with pauses
 * that grow, up to a limit; and when that lasts, health hears of it, often enough that it counts as
 * sustained. Belongs to the committer.
 */
final class Stall {
  private static final long FIRST_PAUSE_NANOS = 500_000;
  private static final long LONGEST_PAUSE_NANOS = 50_000_000;

  /** A refusal to wait that lasts this long is worth mentioning, and again as often at least. */
  private static final long REPORT_NANOS = Duration.ofSeconds(1).toNanos();

  /** It is mentioned that often within the time after which it counts as sustained. */
  private static final int REPORTS = 4;

  private static final long LIMIT_NANOS = Duration.ofSeconds(60).toNanos();

  private final EngineContext context;
  private final AtomicLong count;
  private final BooleanSupplier givenUp;
  private final long begun = System.nanoTime();

  /** How often it is mentioned at least: several times before it would count as over. */
  private final long part;

  private long pause = FIRST_PAUSE_NANOS;
  private long reportAt = begun + REPORT_NANOS;
  private boolean counted;
  private boolean reported;

  /**
   * Made before the first attempt.
   *
   * @param count counts those that were refused at least once; written by this thread only
   * @param givenUp tells whether the write is not to be tried again, whatever the limit
   */
  Stall(EngineContext context, AtomicLong count, BooleanSupplier givenUp) {
    this.context = context;
    this.count = count;
    this.givenUp = givenUp;
    part = context.health().settings().errorLatchDuration().toNanos() / REPORTS;
  }

  /** RocksDB has refused. */
  void met(RocksDBException failure) {
    if (!counted) {
      counted = true;
      count.setRelease(count.getPlain() + 1);
    }
    long now = System.nanoTime();
    if (now - reportAt > 0) {
      reportAt = now + Math.min(REPORT_NANOS, part);
      reported = true;
      context.failed(
          FailureClass.SUSPECT, "writes are stalled: " + RocksFailures.describe(failure), failure);
    }
  }

  /** Waits a little, ever longer; returns false when that has gone on for too long. */
  boolean pause() {
    if (System.nanoTime() - begun > LIMIT_NANOS || givenUp.getAsBoolean()) {
      return false;
    }
    LockSupport.parkNanos(this, pause);
    pause = Math.min(2 * pause, longestPause());
    return true;
  }

  /** No longer than there may be between two mentions. */
  private long longestPause() {
    return part == 0 // one mention is enough
        ? LONGEST_PAUSE_NANOS
        : Math.max(FIRST_PAUSE_NANOS, Math.min(part, LONGEST_PAUSE_NANOS));
  }

  /** RocksDB has taken the write, or it has failed for another reason. */
  void over() {
    if (reported) {
      context.health().suspectCleared();
    }
  }
}
