package dev.spool.support;

import org.jspecify.annotations.Nullable;

/**
 * Lack of room, which keeps stores refused until there is more of it than the higher mark asks for
 * and a probe has then succeeded. The rule of the class Space.
 *
 * <p>The probe is needed since room can be short where the file system's figures do not show it: a
 * quota, blocks kept for root, a reserve of the engine.
 *
 * <p>Not thread-safe: belongs to a {@link HealthRules}.
 */
final class SpaceCondition {
  private boolean latched;
  private boolean aboveMark;
  private @Nullable String what;
  private @Nullable Throwable cause;

  /**
   * Counts signs of shortage, so that a probe's success can tell that none has come since it began.
   */
  private long generation;

  /** Takes a sign of shortage; tells whether it is the one that latches. */
  boolean report(String what, @Nullable Throwable cause) {
    generation++;
    aboveMark = false;
    this.what = what;
    if (cause != null) {
      this.cause = cause;
    }
    boolean latches = !latched;
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
  boolean due() {
    return latched && aboveMark;
  }

  long token() {
    return due() ? generation : ErrorCondition.NOT_DUE;
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
  boolean probeSucceeded(long token) {
    if (!latched || token != generation) {
      return false;
    }
    latched = false;
    aboveMark = false;
    what = null;
    cause = null;
    return true;
  }
}
