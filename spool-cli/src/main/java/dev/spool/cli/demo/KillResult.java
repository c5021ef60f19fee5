package dev.spool.cli.demo;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * What the kills of one backend have shown.
 *
 * @param scheme the backend
 * @param kills how many
 * @param stored acknowledged stores
 * @param removed acknowledged removals
 * @param verdict the sum of all comparisons
 * @param storingNanos the time in which the stores were acknowledged
 * @param micros the latency of each store, as its producer saw it
 * @param slowestOpening the longest opening after a kill
 */
record KillResult(
    String scheme,
    int kills,
    long stored,
    long removed,
    Ledger.Verdict verdict,
    long storingNanos,
    Histogram micros,
    Duration slowestOpening) {

  long storesPerSecond() {
    return storingNanos == 0 ? 0 : Math.round(stored * 1e9 / storingNanos);
  }
}
