package dev.spool.bench.run;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.bench.engine.Engines;
import dev.spool.bench.engine.JvmNeeds;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import dev.spool.bench.workload.Pace;
import dev.spool.bench.workload.Workloads;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs each row in fresh JVMs, in a directory of its own that is removed afterwards. */
final class RowRunner {
  /** What a row may take beyond its own time: filling, pre-writing, opening, compaction. */
  private static final Duration GRACE = Duration.ofMinutes(15);

  private final Path work;
  private final Pace pace;
  private final String heap;

  /**
   * Makes a runner.
   *
   * @param work a directory on the disk that is measured
   * @param heap the JVM's heap limit: {@code 2g}
   */
  RowRunner(Path work, Pace pace, String heap) {
    this.work = work;
    this.pace = pace;
    this.heap = heap;
  }

  /** Runs a row; a failure is a sample that says so. */
  Sample run(String engine, Case row, int repetition) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(work, engine + "-");
    try {
      Path store = Files.createDirectory(directory.resolve("store"));
      Path figures = directory.resolve("figures.json");
      if (Workloads.of(row).prepares()) {
        runProcess(new Order(true, engine, row, pace, store, figures));
      }
      runProcess(new Order(false, engine, row, pace, store, figures));
      return new Sample(engine, row, repetition, read(figures), null);
    } catch (RowFailure e) {
      return new Sample(engine, row, repetition, Map.of(), e.getMessage());
    } finally {
      delete(directory);
    }
  }

  /** A process that did not do what it was asked. */
  private static final class RowFailure extends Exception {
    private static final long serialVersionUID = 1;

    RowFailure(String message) {
      super(message);
    }
  }

  private void runProcess(Order order) throws IOException, InterruptedException, RowFailure {
    JvmNeeds needs = Engines.named(order.engine()).needs();
    String missing = needs.missing();
    if (missing != null) {
      throw new RowFailure("cannot run: " + missing);
    }
    Path log = order.directory().resolveSibling("log");
    ProcessBuilder builder =
        new ProcessBuilder(
                command(order, needs.options(order.directory().resolveSibling("native"))))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(needs.environment());
    Process process = builder.start();
    long limit = pace.warmUp().plus(pace.measured()).plus(GRACE).toSeconds();
    if (!process.waitFor(limit, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new RowFailure("not done after %d s".formatted(limit));
    }
    if (process.exitValue() != 0) {
      throw new RowFailure("exit %d: %s".formatted(process.exitValue(), firstLines(log)));
    }
  }

  private List<String> command(Order order, List<String> needed) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(needed);
    command.add("-cp");
    command.add(
        System.getProperty("java.class.path")
            .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator));
    command.add(RowProcess.class.getName());
    command.addAll(order.arguments());
    return command;
  }

  private static String firstLines(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return String.join(" | ", lines.filter(line -> !line.isBlank()).limit(8).toList());
    }
  }

  private static Map<Figure, Double> read(Path file) throws IOException {
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    JSON.std
        .mapFrom(Files.readString(file))
        .forEach(
            (name, value) -> figures.put(Figure.valueOf(name), ((Number) value).doubleValue()));
    return figures;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
