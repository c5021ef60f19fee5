package dev.spool;

import java.time.Duration;
import java.util.Objects;

/**
 * What a compaction has done.
 *
 * @param bytesBefore bytes of storage before it
 * @param bytesAfter bytes of storage after it
 * @param filesBefore files before it
 * @param filesAfter files after it
 * @param elapsed how long it took
 */
public record CompactionReport(
    long bytesBefore, long bytesAfter, long filesBefore, long filesAfter, Duration elapsed) {
  /** The report of a spool that has nothing to compact. */
  public static final CompactionReport NONE = new CompactionReport(0, 0, 0, 0, Duration.ZERO);

  /** Checks for nulls. */
  public CompactionReport {
    Objects.requireNonNull(elapsed, "elapsed");
  }
}
