package dev.spool.bench.workload;

import java.time.Duration;

/**
 * How long a row is measured.
 *
 * @param warmUp before anything counts
 * @param measured what counts
 */
public record Pace(Duration warmUp, Duration measured) {}
