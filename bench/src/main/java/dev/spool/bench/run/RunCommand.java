package dev.spool.bench.run;

import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.Engines;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import dev.spool.bench.workload.Pace;
import dev.spool.bench.workload.Workloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the table: all engines of a row one after another, and that again and again. */
@Command(
    name = "run",
    header = "Measures all engines side by side.",
    description =
        "For each row every engine runs in a fresh JVM, one after another; then all of them again,"
            + " so that a machine that drifts is unkind to all alike.")
final class RunCommand implements Callable<Integer> {
  @Option(
      names = "--dir",
      defaultValue = ".",
      description = "A directory on the disk to measure (default: this one).")
  private Path directory;

  @Option(
      names = "--out",
      defaultValue = "bench-results",
      description = "Where the results go (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(names = "--engines", split = ",", description = "Only these (default: all).")
  private @Nullable List<String> engines;

  @Option(names = "--workloads", split = ",", description = "Only these, of W1 to W6.")
  private @Nullable List<String> workloads;

  @Option(names = "--rows", description = "Only rows whose label has this text: 'x 64'.")
  private @Nullable String label;

  @Option(names = "--repetitions", defaultValue = "3", description = "Default: 3.")
  private int repetitions;

  @Option(names = "--seconds", defaultValue = "5", description = "Measured time; default: 5.")
  private double seconds;

  @Option(names = "--warm-up", defaultValue = "3", description = "Seconds before; default: 3.")
  private double warmUp;

  @Option(
      names = "--entries",
      defaultValue = "200000",
      description = "Messages in the store for W4 and W5; default: 200,000.")
  private long entries;

  @Option(names = "--heap", defaultValue = "2g", description = "-Xmx of each JVM; default: 2g.")
  private String heap;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Files.createDirectories(out);
    Path work = Files.createTempDirectory(directory, "spool-bench-");
    Pace pace = new Pace(seconds(warmUp), seconds(seconds));
    RowRunner runner = new RowRunner(work.toAbsolutePath(), pace, heap);
    Results results = new Results(MachineFacts.of(directory));
    try {
      measureAll(runner, results);
    } finally {
      Files.deleteIfExists(work);
    }
    new Table(results).print(System.out);
    boolean failed = results.samples().stream().anyMatch(sample -> sample.failure() != null);
    return failed ? 1 : 0;
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  private void measureAll(RowRunner runner, Results results)
      throws IOException, InterruptedException {
    List<Case> rows = rows();
    int steps = rows.stream().mapToInt(row -> types(row).size() * repetitions).sum();
    int step = 0;
    for (Case row : rows) {
      for (int repetition = 1; repetition <= repetitions; repetition++) {
        for (EngineType type : types(row)) {
          Sample sample = runner.run(type.name(), row, repetition);
          results.add(sample);
          results.save(out);
          System.err.printf(
              "[%d/%d] %s, %s: %s%n", ++step, steps, row.label(), type.name(), outcome(sample));
        }
      }
    }
  }

  private static String outcome(Sample sample) {
    Double rate = sample.figures().get(Figure.MESSAGES_PER_SECOND);
    return rate == null
        ? "failed: " + sample.failure()
        : Table.number(rate) + " " + Figure.MESSAGES_PER_SECOND.column();
  }

  private List<Case> rows() {
    List<Case> rows = new ArrayList<>();
    for (Case row : Workloads.table(entries)) {
      if ((workloads == null || workloads.contains(row.workload()))
          && (label == null || row.label().contains(label))) {
        rows.add(row);
      }
    }
    return rows;
  }

  private List<EngineType> types(Case row) {
    List<EngineType> types = new ArrayList<>();
    if (engines == null) {
      types.addAll(Engines.all());
    } else {
      engines.forEach(name -> types.add(Engines.named(name)));
    }
    types.removeIf(type -> !Workloads.of(row).suits(type));
    return types;
  }
}
