package dev.spool.micrometer;

import dev.spool.Spool;
import dev.spool.SpoolHealth;
import dev.spool.SpoolStats;
import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the meters of a spool read: its figures and its health, asked for once for all meters that
 * are read within a second, and not once a meter.
 *
 * <p>Reading never waits, and never throws: while one thread asks, others see the values before;
 * and what cannot be had is unknown (a gauge is NaN, a counter stays). Safe for use by any thread.
 */
final class Snapshots {
  private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

  /**
   * The spool at one moment.
   *
   * @param gauges the figures that go up and down, by name, in the unit of their meters
   * @param counters those that grow: a counter that is unknown now has the value that it had last
   * @param health null if it could not be asked
   */
  private record Snapshot(
      long nanos,
      Map<String, Double> gauges,
      Map<String, Double> counters,
      @Nullable SpoolHealth health) {}

  private final Spool spool;
  private final LongSupplier nanoTime;
  private final Consumer<SpoolStats> observer;

  /** Held by the thread that asks. */
  private final AtomicBoolean asking = new AtomicBoolean();

  private final Complaint complaint;

  /** Written by the thread that asks. */
  private volatile Snapshot last;

  /**
   * Asks for the first time.
   *
   * @param nanoTime measures durations; in nanoseconds, with any origin
   * @param first what the spool has just said
   * @param observer sees what the spool says, each time; what it throws is logged
   */
  Snapshots(Spool spool, LongSupplier nanoTime, SpoolStats first, Consumer<SpoolStats> observer) {
    this.spool = spool;
    this.nanoTime = nanoTime;
    this.observer = observer;
    complaint = new Complaint(first.name());
    last =
        new Snapshot(
            nanoTime.getAsLong(),
            values(first, Kind.GAUGE),
            values(first, Kind.COUNTER),
            spool.health());
  }

  /** Returns a gauge's value; NaN if it is unknown. */
  double gauge(String name) {
    return current().gauges.getOrDefault(name, Double.NaN);
  }

  /** Returns a counter's value. */
  double counter(String name) {
    return current().counters.getOrDefault(name, 0.0);
  }

  /** Returns the spool's health; null if it could not be asked. */
  @Nullable SpoolHealth health() {
    return current().health;
  }

  private Snapshot current() {
    if (nanoTime.getAsLong() - last.nanos >= FRESH_NANOS && asking.compareAndSet(false, true)) {
      try {
        last = ask(last);
      } finally {
        asking.set(false);
      }
    }
    return last;
  }

  private Snapshot ask(Snapshot before) {
    long now = nanoTime.getAsLong();
    Map<String, Double> gauges = Map.of();
    Map<String, Double> counters = new HashMap<>(before.counters);
    SpoolHealth health = null;
    try {
      health = spool.health();
      SpoolStats stats = spool.stats();
      gauges = values(stats, Kind.GAUGE);
      counters.putAll(values(stats, Kind.COUNTER));
      observer.accept(stats);
    } catch (RuntimeException e) {
      complaint.about(e);
    }
    return new Snapshot(now, gauges, counters, health);
  }

  private static Map<String, Double> values(SpoolStats stats, Kind kind) {
    Map<String, Double> values = new HashMap<>();
    for (Figure figure : stats.figures()) {
      if (figure.kind() == kind) {
        values.put(figure.name(), figure.value() / FigureNames.scale(figure));
      }
    }
    return values;
  }
}
