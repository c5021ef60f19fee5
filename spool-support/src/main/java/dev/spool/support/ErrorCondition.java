package dev.spool.support;

import org.jspecify.annotations.Nullable;

/**
 * An error that keeps stores refused until it has been quiet for long enough and a probe has then
 * succeeded. The rule of the classes Fatal and Suspect.
 *
 * <p>Not thread-safe: belongs to a {@link HealthRules}.
 */
final class ErrorCondition {
  /** In a {@link HealthLatch.ProbeToken}: a probe proves nothing about this condition. */
  static final long NOT_DUE = -1;

  private final long quietNanos;
  private final boolean mayUnlatch;

  private boolean latched;
  private boolean untilRestart;
  private @Nullable String what;
  private @Nullable Throwable cause;
  private long lastErrorNanos;

  /** Counts errors, so that a probe's success can tell that none has come since it began. */
  private long generation;

  /**
   * Makes a condition that is not latched.
   *
   * @param quietNanos how long no new error may have come before a probe is worth trying
   * @param mayUnlatch whether it is ever over before a restart
   */
  ErrorCondition(long quietNanos, boolean mayUnlatch) {
    this.quietNanos = quietNanos;
    this.mayUnlatch = mayUnlatch;
  }

  /** Takes an error, which starts the quiet time anew; tells whether it is the one that latches. */
  boolean report(long nowNanos, String what, @Nullable Throwable cause) {
    generation++;
    lastErrorNanos = nowNanos;
    if (latched) {
      return false;
    }
    latched = true;
    this.what = what;
    this.cause = cause;
    return true;
  }

  /** Bars the way out, for an error after which this process may not trust the storage again. */
  void holdUntilRestart() {
    untilRestart = true;
  }

  boolean isHeldUntilRestart() {
    return untilRestart;
  }

  boolean latched() {
    return latched;
  }

  boolean lastsUntilRestart() {
    return untilRestart || !mayUnlatch;
  }

  /** What latched it: the first error, since those that follow are mostly its consequences. */
  @Nullable String what() {
    return what;
  }

  @Nullable Throwable cause() {
    return cause;
  }

  /** Tells whether all is fulfilled but the proof. */
  boolean due(long nowNanos) {
    return latched && !lastsUntilRestart() && nowNanos - lastErrorNanos >= quietNanos;
  }

  long token(long nowNanos) {
    return due(nowNanos) ? generation : NOT_DUE;
  }

  /** Takes a failed probe: an error like any other. */
  void probeFailed(long nowNanos) {
    generation++;
    lastErrorNanos = nowNanos;
  }

  /** Takes a successful probe; tells whether the condition is over by it. */
  boolean probeSucceeded(long token) {
    if (!latched || token != generation) {
      return false;
    }
    latched = false;
    what = null;
    cause = null;
    return true;
  }
}
