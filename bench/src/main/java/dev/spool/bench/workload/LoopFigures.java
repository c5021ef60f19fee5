package dev.spool.bench.workload;

import dev.spool.bench.engine.Engine;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.EngineType.Style;
import dev.spool.bench.workload.ClosedLoop.Window;
import dev.spool.bench.workload.Timer.Step;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;

/** Measures a closed loop over an engine, from its opening until it is closed and open again. */
final class LoopFigures {
  /** In less, device bytes are no figure anyway. */
  private static final Duration WORTH_SETTLING = Duration.ofSeconds(1);

  private final EngineType type;
  private final Place place;
  private final long backlog;
  private final Style style;
  private final Latencies latencies = new Latencies();

  /** What is repeated on an engine that is open. */
  @FunctionalInterface
  interface Repeated {
    ClosedLoop.Operation on(Engine engine, Latencies latencies) throws Exception;
  }

  /** Runs before the engine is measured, and before it is closed. */
  interface Around {
    default void before(Engine engine) throws Exception {}

    default void after(Engine engine) throws Exception {}
  }

  /**
   * Makes one.
   *
   * @param backlog how many messages are in the store when it is opened
   */
  LoopFigures(EngineType type, Place place, long backlog) {
    this(type, place, backlog, type.style());
  }

  /** Makes one whose operations are not called as the type is: loads may be their caller's work. */
  LoopFigures(EngineType type, Place place, long backlog, Style style) {
    this.type = type;
    this.place = place;
    this.backlog = backlog;
    this.style = style;
  }

  Map<Figure, Double> measure(int inFlight, Pace pace, Step first, Around around, Repeated repeated)
      throws Exception {
    Window window;
    OptionalLong before;
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    if (backlog > 0) {
      OpenedOnce.beside(type, place);
    }
    long resident = backlog == 0 ? 0 : Machine.settledResidentBytes();
    long start = System.nanoTime();
    try (Engine engine = type.opener().open(place)) {
      if (backlog > 0) {
        figures.put(Figure.OPEN_TIME, (System.nanoTime() - start) / 1e6);
        double held = Machine.settledResidentBytes() - resident;
        figures.put(Figure.MEMORY_PER_MESSAGE, held / backlog);
      }
      around.before(engine);
      Machine.sync(place.directory());
      if (pace.measured().compareTo(WORTH_SETTLING) >= 0) {
        Machine.settle(place.directory());
      }
      before = Machine.writtenToDevice(place.directory());
      ClosedLoop loop = new ClosedLoop(inFlight, style, repeated.on(engine, latencies));
      window = loop.run(pace, latencies);
      around.after(engine);
    }
    Machine.sync(place.directory());
    OptionalLong after = Machine.writtenToDevice(place.directory());
    if (window.operations() == 0) {
      throw new IllegalStateException("no message was done in the measured time");
    }
    double seconds = window.nanos() / 1e9;
    figures.put(Figure.MESSAGES_PER_SECOND, window.operations() / seconds);
    long counted = Math.max(1, latencies.histogram(first).getTotalCount());
    double size = latencies.bytes() / (double) counted;
    figures.put(Figure.MEGABYTES_PER_SECOND, window.operations() * size / seconds / 1e6);
    figures.put(Figure.CPU_PER_MESSAGE, window.cpuNanos() / 1e3 / window.operations());
    percentiles(figures, first);
    if (latencies.storedBytes() > 0 && before.isPresent() && after.isPresent()) {
      double written = after.getAsLong() - before.getAsLong();
      figures.put(Figure.DEVICE_BYTES, written / latencies.storedBytes());
    }
    figures.put(Figure.PEAK_MEMORY, Machine.peakResidentBytes() / 1048576.0);
    figures.put(Figure.DISK_USED, Machine.diskUsed(place.directory()) / 1048576.0);
    if (backlog == 0) {
      figures.put(Figure.OPEN_TIME, reopen());
    }
    return figures;
  }

  private void percentiles(Map<Figure, Double> figures, Step first) {
    Histogram histogram = latencies.histogram(first);
    figures.put(Figure.P50, histogram.getValueAtPercentile(50) / 1e3);
    figures.put(Figure.P99, histogram.getValueAtPercentile(99) / 1e3);
    figures.put(Figure.P999, histogram.getValueAtPercentile(99.9) / 1e3);
    figures.put(Figure.MAX, histogram.getMaxValue() / 1e3);
    percentile(figures, Figure.LOAD_P99, first, Step.LOAD);
    percentile(figures, Figure.REMOVE_P99, first, Step.REMOVE);
    Histogram lateness = latencies.histogram(Step.LATENESS);
    if (lateness.getTotalCount() > 0) {
      figures.put(Figure.REMOVE_LATE, lateness.getMaxValue() / 1e6);
    }
  }

  private void percentile(Map<Figure, Double> figures, Figure figure, Step first, Step step) {
    Histogram histogram = latencies.histogram(step);
    if (step != first && histogram.getTotalCount() > 0) {
      figures.put(figure, histogram.getValueAtPercentile(99) / 1e3);
    }
  }

  private double reopen() throws Exception {
    long start = System.nanoTime();
    Engine engine = type.opener().open(place);
    double millis = (System.nanoTime() - start) / 1e6;
    engine.close();
    return millis;
  }
}
