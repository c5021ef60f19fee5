package dev.spool.support;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Time that passes only when a test says so. The nanosecond counter overflows 10 s after the start,
 * as that of a JVM may at any moment.
 */
final class ManualTime implements InstantSource, LongSupplier {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final long START_NANOS = Long.MAX_VALUE - Duration.ofSeconds(10).toNanos();

  private final AtomicLong passed = new AtomicLong();

  void pass(Duration duration) {
    passed.addAndGet(duration.toNanos());
  }

  void seconds(double seconds) {
    passed.addAndGet(Math.round(seconds * 1e9));
  }

  @Override
  public Instant instant() {
    return START.plusNanos(passed.get());
  }

  @Override
  public long getAsLong() {
    return START_NANOS + passed.get();
  }
}
