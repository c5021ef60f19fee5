package dev.spool.bench.workload;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** How long each step took, of all threads, while it counts. */
final class Latencies {
  /** The longest that is told apart. */
  private static final long HIGHEST = TimeUnit.MINUTES.toNanos(10);

  private final Map<Step, Histogram> histograms = new EnumMap<>(Step.class);
  private final LongAdder bytes = new LongAdder();
  private final LongAdder allBytes = new LongAdder();
  private volatile boolean counting;

  /** What is timed. */
  enum Step {
    STORE,
    LOAD,
    REMOVE
  }

  Latencies() {
    for (Step step : Step.values()) {
      histograms.put(step, new ConcurrentHistogram(1000, HIGHEST, 3));
    }
  }

  void count(boolean on) {
    counting = on;
  }

  /** A step that began at {@code startedNanos} is done. */
  void done(Step step, long startedNanos, int payload) {
    if (step == Step.STORE) {
      allBytes.add(payload);
    }
    if (counting) {
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
