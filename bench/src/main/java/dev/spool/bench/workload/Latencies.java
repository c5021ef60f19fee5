package dev.spool.bench.workload;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * How long each step took, of all threads.
 *
 * <p>Those count that began in the measured time, however long they took: a store that hangs until
 * after the end is the last one that may be forgotten.
 */
final class Latencies implements Timer {
  /** The longest that is told apart. */
  private static final long HIGHEST = TimeUnit.MINUTES.toNanos(10);

  private final Map<Step, Histogram> histograms = new EnumMap<>(Step.class);
  private final LongAdder bytes = new LongAdder();
  private final LongAdder allBytes = new LongAdder();

  /** Written by the thread that measures; null until the measured time begins. */
  private volatile @Nullable Span span;

  /** The measured time, as {@link System#nanoTime} counts. */
  private record Span(long from, long until) {
    boolean contains(long nanos) {
      return nanos - from >= 0 && nanos - until < 0;
    }
  }

  Latencies() {
    for (Step step : Step.values()) {
      histograms.put(step, new ConcurrentHistogram(HIGHEST, 3));
    }
  }

  void begin() {
    long now = System.nanoTime();
    span = new Span(now, now + Long.MAX_VALUE / 2);
  }

  void end() {
    Span begun = span;
    if (begun != null) {
      span = new Span(begun.from, System.nanoTime());
    }
  }

  @Override
  public void done(Step step, long startedNanos, int payload) {
    if (step == Step.STORE) {
      allBytes.add(payload);
    }
    Span measured = span;
    if (measured != null && measured.contains(startedNanos)) {
      long nanos = Math.min(HIGHEST, Math.max(0, System.nanoTime() - startedNanos));
      histogram(step).recordValue(nanos);
      bytes.add(payload);
    }
  }

  @SuppressWarnings("NullAway") // one for each step
  Histogram histogram(Step step) {
    return histograms.get(step);
  }

  /** Payload bytes of the steps that counted. */
  long bytes() {
    return bytes.sum();
  }

  /** Payload bytes of all stores, those of the warm-up too. */
  long storedBytes() {
    return allBytes.sum();
  }
}
