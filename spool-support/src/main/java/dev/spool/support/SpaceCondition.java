package dev.spool.support;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lack of room, which keeps stores refused until there is more of it than the higher mark asks for
 * and a probe has then succeeded. The rule of the class Space.
 *
 * <p>The probe is needed since room can be short where the file system's figures do not show it: a
 * quota, blocks kept for root, a reserve of the engine. There a probe, which is small, may find the
 * room that a message does not: a failure that comes soon after stores were taken again makes the
 * next time come later, up to a minute, so that they are not stopped each second.
 *
 * <p>Not thread-safe: belongs to a {@link HealthRules}.
 */
final class SpaceCondition {
  private static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_PAUSE = TimeUnit.MINUTES.toNanos(1);

  private boolean latched;
  private boolean aboveMark;
  private @Nullable String what;
  private @Nullable Throwable cause;

  /** Whether it was latched and is over; and when. */
  private boolean wasOver;

  private long overNanos;

  private long latchedNanos;

  /** How long it lasts at least from the failure that latched it. */
  private long pauseNanos;

  /**
   * Counts signs of shortage, so that a probe's success can tell that none has come since it began.
   */
  private long generation;

  /**
   * Takes a sign of shortage; tells whether it is the one that latches.
   *
   * @param cause what has failed for want of room; null if the figures show the shortage
   */
  boolean report(long nowNanos, String what, @Nullable Throwable cause) {
    generation++;
    aboveMark = false;
    if (cause == null) {
      pauseNanos = 0; // they will show when it is over, too
    } else if (!latched) {
      boolean soon = wasOver && nowNanos - overNanos < LONGEST_PAUSE;
      pauseNanos = soon ? Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, 2 * pauseNanos)) : 0;
    }
    this.what = what;
    if (cause != null) {
      this.cause = cause;
    }
    boolean latches = !latched;
    latchedNanos = latches ? nowNanos : latchedNanos;
    latched = true;
    return latches;
  }

  /** Takes the guard's word that there is room again. */
  void aboveMark() {
    aboveMark = latched;
  }

  boolean latched() {
    return latched;
  }

  /** What is short, as it was reported last: the newest figures are the ones of use. */
  @Nullable String what() {
    return what;
  }

  @Nullable Throwable cause() {
    return cause;
  }

  /** Tells whether all is fulfilled but the proof. */
  boolean due(long nowNanos) {
    return latched && aboveMark && nowNanos - latchedNanos >= pauseNanos;
  }

  long token(long nowNanos) {
    return due(nowNanos) ? generation : ErrorCondition.NOT_DUE;
  }

  /**
   * Takes a failed probe: the guard has to say again that there is room, which paces the next
   * probe.
   */
  void probeFailed() {
    generation++;
    aboveMark = false;
  }

  /** Takes a successful probe; tells whether the condition is over by it. */
  boolean probeSucceeded(long nowNanos, long token) {
    if (!latched || token != generation) {
      return false;
    }
    latched = false;
    wasOver = true;
    overNanos = nowNanos;
    aboveMark = false;
    what = null;
    cause = null;
    return true;
  }
}
