package dev.spool;

import java.time.Duration;
import java.util.Objects;

/**
 * What a cleanup has done.
 *
 * @param removed files or directories that were removed since nothing needs them
 * @param bytesFreed bytes of storage given back
 * @param elapsed how long it took
 */
public record CleanupReport(long removed, long bytesFreed, Duration elapsed) {
  /** Checks for nulls. */
  public CleanupReport {
    Objects.requireNonNull(elapsed, "elapsed");
  }
}
