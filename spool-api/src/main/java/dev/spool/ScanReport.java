package dev.spool;

import java.time.Duration;
import java.util.Objects;

/**
 * What a completed scan has seen.
 *
 * @param items entries that were whole, and handed over
 * @param corrupt entries that were damaged, and handed over as {@link SpoolEntry.Corrupt}
 * @param skipped entries that were created at or after the scan's {@code startTime}, and not handed
 *     over
 * @param elapsed from the call to the last entry
 */
public record ScanReport(long items, long corrupt, long skipped, Duration elapsed) {
  /** Checks for nulls. */
  public ScanReport {
    Objects.requireNonNull(elapsed, "elapsed");
  }
}
