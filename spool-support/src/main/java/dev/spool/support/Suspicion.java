package dev.spool.support;

import org.jspecify.annotations.Nullable;

/**
 * Errors that are forgiven if they pass, and are believed when they are sustained.
 *
 * <p>Sustained means: errors were reported over a time of at least {@code sustainedNanos} from the
 * first to the last, never more than {@code sustainedNanos} apart, with no success among them. So
 * it is always a fresh error that decides, never the mere passing of time after an old one.
 * Anything less is a blip, and the next error starts from nothing.
 *
 * <p>Not thread-safe: belongs to a {@link HealthRules}.
 */
final class Suspicion {
  private final long sustainedNanos;

  private boolean open;
  private @Nullable String what;
  private long firstNanos;
  private long lastNanos;

  Suspicion(long sustainedNanos) {
    this.sustainedNanos = sustainedNanos;
  }

  /** Takes an error; tells whether it shows that errors are sustained. */
  boolean report(long nowNanos, String what) {
    if (!open || passed(nowNanos)) {
      open = true;
      firstNanos = nowNanos;
    }
    this.what = what;
    lastNanos = nowNanos;
    return nowNanos - firstNanos >= sustainedNanos;
  }

  /** Tells whether errors were seen of late. */
  boolean open() {
    return open;
  }

  @Nullable String what() {
    return what;
  }

  /** Tells whether the last error is so old that the next would start from nothing. */
  boolean passed(long nowNanos) {
    return open && nowNanos - lastNanos > sustainedNanos;
  }

  void clear() {
    open = false;
    what = null;
  }
}
