package dev.spool.bench.run;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.bench.engine.Engines;
import dev.spool.bench.result.Sample;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import dev.spool.bench.workload.FileTree;
import dev.spool.bench.workload.Pace;
import dev.spool.bench.workload.Workloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Runs rows in fresh JVMs, in a directory of their own that is removed afterwards. */
final class RowRunner {
  /** What a row may take beyond its own time: filling, pre-writing, opening, compaction. */
  private static final Duration GRACE = Duration.ofMinutes(15);

  /** What a filled store may take beyond that, for each message. */
  private static final Duration GRACE_PER_ENTRY = Duration.ofMillis(1);

  private final WorkDirectory work;
  private final Pace pace;
  private final Jvm jvm;

  RowRunner(WorkDirectory work, Pace pace, Jvm jvm) {
    this.work = work;
    this.pace = pace;
    this.jvm = jvm;
  }

  /**
   * Runs rows one after another on one store, which is filled once if they ask for it.
   *
   * @param rows with the same messages in the store
   * @return a sample for each; a failure is a sample that says so
   */
  List<Sample> run(String engine, List<Case> rows, int repetition)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(work.path(), engine + "-");
    List<Sample> samples = new ArrayList<>();
    try {
      Path store = Files.createDirectory(directory.resolve("store"));
      Path figures = directory.resolve("figures.json");
      try {
        Case first = rows.get(0);
        if (Workloads.of(first).prepares(first)) {
          runProcess(new Order(true, engine, first, pace, store, figures));
        }
        for (Case row : rows) {
          runProcess(new Order(false, engine, row, pace, store, figures));
          samples.add(new Sample(engine, row, repetition, read(figures), null));
        }
      } catch (Jvm.Failure e) {
        for (Case row : rows.subList(samples.size(), rows.size())) {
          samples.add(new Sample(engine, row, repetition, Map.of(), e.getMessage()));
        }
      }
      return samples;
    } finally {
      FileTree.delete(directory);
    }
  }

  private void runProcess(Order order) throws IOException, InterruptedException, Jvm.Failure {
    Duration limit =
        GRACE
            .plus(pace.warmUp())
            .plus(pace.measured())
            .plus(GRACE_PER_ENTRY.multipliedBy(order.row().entries()));
    Path log = order.directory().resolveSibling("log");
    jvm.with(Engines.named(order.engine()).needs(), order.directory().resolveSibling("native"))
        .run(work, RowProcess.class, order.arguments(), log, limit);
  }

  private static Map<Figure, Double> read(Path file) throws IOException {
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    JSON.std
        .mapFrom(Files.readString(file))
        .forEach(
            (name, value) -> figures.put(Figure.valueOf(name), ((Number) value).doubleValue()));
    return figures;
  }
}
