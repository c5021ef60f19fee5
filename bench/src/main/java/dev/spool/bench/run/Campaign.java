package dev.spool.bench.run;

import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.Engines;
import dev.spool.bench.result.EngineFacts;
import dev.spool.bench.result.Results;
import dev.spool.bench.result.Sample;
import dev.spool.bench.result.Table;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import dev.spool.bench.workload.Pace;
import dev.spool.bench.workload.Workloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures rows on engines, again and again, and keeps each figure as soon as it is there: the
 * options that all commands of this kind have.
 *
 * <p>The engines of a row run one after another, then all of them again, so that a machine that
 * drifts is unkind to all alike; in another order each time.
 */
final class Campaign {
  private static final double BUSY = 0.7;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

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

  @Option(names = "--resume", description = "Measure only what --out does not have yet.")
  private boolean resume;

  @Option(names = "--engines", split = ",", description = "Only these (default: all).")
  private @Nullable List<String> engines;

  @Option(names = "--seconds", defaultValue = "5", description = "Measured time; default: 5.")
  private double seconds;

  @Option(names = "--warm-up", defaultValue = "3", description = "Seconds before; default: 3.")
  private double warmUp;

  @Option(names = "--heap", defaultValue = "2g", description = "-Xmx of each JVM; default: 2g.")
  private String heap;

  @Option(names = "--jvm", description = "An option for the JVM of each row; may be repeated.")
  private List<String> jvmOptions = new ArrayList<>();

  /** What is run at once: rows on one store of one engine. */
  private record Step(EngineType engine, List<Case> rows, int repetition) {}

  /**
   * Measures all, and prints the table.
   *
   * @param kind what kind of run it is, for the report
   * @param series rows that are measured on one store are together in one list
   * @return the exit status: 1 if a row failed
   */
  int measure(String kind, List<List<Case>> series, int repetitions)
      throws IOException, InterruptedException {
    Files.createDirectories(out);
    Files.createDirectories(directory);
    List<Step> steps = steps(series, repetitions);
    try (WorkDirectory work = WorkDirectory.in(directory)) {
      Results results = results(kind);
      describe(results);
      Pace pace = new Pace(seconds(warmUp), seconds(seconds));
      measure(steps, new RowRunner(work, pace, new Jvm(heap, jvmOptions)), results);
      new Table(results).print(System.out);
      return results.samples().stream().anyMatch(sample -> sample.failure() != null) ? 1 : 0;
    }
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  private Results results(String kind) throws IOException, InterruptedException {
    List<String> typed = command.commandLine().getParseResult().originalArgs();
    Map<String, String> facts = new LinkedHashMap<>(MachineFacts.of(kind, typed, directory));
    facts.put("each row", "%s s, after %s s of warm-up".formatted(seconds, warmUp));
    facts.put("options", String.join(" ", options()));
    Path earlier = out.resolve(Results.JSON_FILE);
    if (resume && Files.exists(earlier)) {
      return resumed(Results.load(earlier), facts);
    }
    if (MachineFacts.load() > BUSY) {
      System.err.printf(
          "The machine is busy (load %.1f): figures of now mean little.%n", MachineFacts.load());
    }
    return new Results(facts);
  }

  private List<String> options() {
    List<String> options = new ArrayList<>(List.of("-Xmx" + heap));
    options.addAll(jvmOptions);
    return options;
  }

  /** Ratios are of one run: what goes on must be the same in all that matters. */
  private Results resumed(Results earlier, Map<String, String> facts) {
    for (String name : facts.keySet()) {
      String before = earlier.facts().get(name);
      if (!MachineFacts.VARYING.contains(name) && !facts.get(name).equals(before)) {
        throw new ParameterException(
            command.commandLine(),
            "--resume: %s was %s, and is %s".formatted(name, before, facts.get(name)));
      }
    }
    return earlier;
  }

  private void describe(Results results) {
    for (EngineType type : types()) {
      List<String> cannot =
          Workloads.table(1).stream()
              .flatMap(List::stream)
              .filter(row -> !Workloads.of(row).suits(type))
              .map(Case::workload)
              .distinct()
              .toList();
      results.describe(
          type.name(), new EngineFacts(configuration(type), Versions.of(type.name()), cannot));
    }
  }

  private static String configuration(EngineType type) {
    List<String> cannot = type.cannot();
    return cannot.isEmpty()
        ? type.configuration()
        : type.configuration() + "; " + String.join(", ", cannot);
  }

  private List<EngineType> types() {
    if (engines == null) {
      List<EngineType> all = new ArrayList<>(Engines.all());
      all.add(Engines.named(Engines.NOOP));
      return all;
    }
    return engines.stream().map(Engines::named).toList();
  }

  private List<Step> steps(List<List<Case>> series, int repetitions) {
    List<Step> steps = new ArrayList<>();
    for (List<Case> rows : series) {
      for (int repetition = 1; repetition <= repetitions; repetition++) {
        for (EngineType type : shuffled(repetition)) {
          List<Case> suited = rows.stream().filter(row -> asks(type, row)).toList();
          if (!suited.isEmpty()) {
            steps.add(new Step(type, suited, repetition));
          }
        }
      }
    }
    return steps;
  }

  /** Another order in each repetition: nobody always follows the one that leaves most behind. */
  private List<EngineType> shuffled(int repetition) {
    List<EngineType> types = new ArrayList<>(types());
    if (repetition > 1) {
      Collections.shuffle(types, new Random(repetition));
    }
    return types;
  }

  /** The harness by itself is measured once, where it is worked hardest, unless asked for. */
  private boolean asks(EngineType type, Case row) {
    boolean harness = type.name().equals(Engines.NOOP) && engines == null;
    return Workloads.of(row).suits(type) && (!harness || row.equals(Workloads.HARNESS));
  }

  private void measure(List<Step> steps, RowRunner runner, Results results)
      throws IOException, InterruptedException {
    List<Step> missing = new ArrayList<>();
    for (Step step : steps) {
      if (!step.rows.stream().allMatch(row -> has(results, step, row))) {
        missing.add(step);
      }
    }
    Progress progress = new Progress(missing.size());
    for (Step step : missing) {
      for (Sample sample : runner.run(step.engine.name(), step.rows, step.repetition)) {
        results.add(sample);
        progress.say(sample.row().label(), sample.engine(), outcome(sample));
      }
      results.save(out);
      progress.done();
    }
    results.save(out);
  }

  private static boolean has(Results results, Step step, Case row) {
    return results.has(step.engine.name(), row, step.repetition);
  }

  private static String outcome(Sample sample) {
    Double rate = sample.figures().get(Figure.MESSAGES_PER_SECOND);
    return rate == null
        ? "failed: " + sample.failure()
        : Table.number(rate) + " " + Figure.MESSAGES_PER_SECOND.column();
  }
}
