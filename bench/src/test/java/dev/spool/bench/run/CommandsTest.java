package dev.spool.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.bench.result.Comparison;
import dev.spool.bench.result.Comparison.Verdict;
import dev.spool.bench.result.Results;
import dev.spool.bench.result.Sample;
import dev.spool.bench.result.SoakResults;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import dev.spool.bench.workload.Timeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands, in short runs with real processes. */
@Tag("same-on-any-jdk")
class CommandsTest {
  @TempDir private Path directory;

  private int run(String command, String out, String... options) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--dir", disk().toString(), "--out", out(out).toString()));
    Collections.addAll(arguments, options);
    return Main.run(arguments.toArray(String[]::new));
  }

  private Path disk() {
    return directory.resolve("disk");
  }

  private Path out(String name) {
    return directory.resolve(name);
  }

  private int slow(String out, int millis) {
    return run(
        "run",
        out,
        "--engines",
        SlowEngines.SLOW,
        "--rows",
        "W1 4 KiB x 16",
        "--seconds",
        "0.4",
        "--warm-up",
        "0.1",
        "--jvm",
        "-D" + SlowEngines.MILLIS + "=" + millis);
  }

  @Test
  void aRowSlowedOnPurposeIsCaughtAndTheSameIsNot() throws IOException {
    assertThat(slow("before", 10)).isZero();
    assertThat(slow("slowed", 40)).isZero();

    String before = out("before").toString();
    assertThat(Main.run("compare", before, out("slowed").toString())).isOne();
    assertThat(verdict("before", "slowed")).isEqualTo(Verdict.WORSE);
    assertThat(verdict("slowed", "before")).isEqualTo(Verdict.BETTER);
    // Not two runs: one can be slower by chance, beside other work. ComparisonTest has the chance.
    assertThat(verdict("before", "before")).isEqualTo(Verdict.NOISE);
    assertThat(Main.run("compare", before, before)).isZero();
  }

  private Verdict verdict(String before, String after) throws IOException {
    return Comparison.of(Results.load(out(before)), Results.load(out(after)), true).stream()
        .filter(line -> line.figure() == Figure.MESSAGES_PER_SECOND)
        .findFirst()
        .orElseThrow()
        .verdict();
  }

  @Test
  void theHarnessByItselfRunsThroughAndStandsInTheReport() throws IOException {
    int status =
        run(
            "run",
            "harness",
            "--engines",
            "noop",
            "--rows",
            "W1 4 KiB x 64",
            "--repetitions",
            "1",
            "--seconds",
            "0.5",
            "--warm-up",
            "0.5");

    assertThat(status).isZero();
    Sample sample = Results.load(out("harness")).samples().get(0);
    assertThat(sample.figures().get(Figure.MESSAGES_PER_SECOND)).isPositive();
    Path page = directory.resolve("page.md");
    assertThat(Main.run("report", out("harness").toString(), "--out", page.toString())).isZero();
    assertThat(page).content().contains("What the harness itself costs").contains("--rows");
  }

  @Test
  void growthMeasuresEachWorkloadOnOneFilledStoreAndGoesOnWhereItStopped() throws IOException {
    String[] options = {
      "--engines", "spool-rocksdb", "--backlogs", "3000", "--seconds", "0.3", "--warm-up", "0.1"
    };
    assertThat(run("growth", "growth", options)).isZero();

    List<Sample> samples = Results.load(out("growth")).samples();
    assertThat(samples)
        .extracting(sample -> sample.row().label())
        .containsExactly("W4 512 B of 3000", "W2 512 B x 64 of 3000", "W1 512 B x 64 of 3000");
    assertThat(samples.get(2).figures())
        .containsKeys(Figure.MEMORY_PER_MESSAGE, Figure.OPEN_TIME, Figure.MESSAGES_PER_SECOND);

    List<String> resumed = new ArrayList<>(List.of(options));
    resumed.add("--resume");
    assertThat(run("growth", "growth", resumed.toArray(String[]::new))).isZero();
    assertThat(Results.load(out("growth")).samples()).isEqualTo(samples);
  }

  @Test
  void aSoakReportsAStoreThatHangsOnceAndEveryMessageThatWaitedForIt() throws IOException {
    assertThat(soak(SlowEngines.HANGS)).isOne();

    Timeline seen =
        SoakResults.load(out(SlowEngines.HANGS).resolve("soak.json"))
            .soaks()
            .values()
            .iterator()
            .next()
            .timeline();
    assertThat(seen.stalls()).isNotEmpty();
    assertThat(seen.longestGap()).isGreaterThan(2);
    // Of 1,000 a second those of the first two seconds of three waited for more than one.
    assertThat(seen.p99()).isGreaterThan(1e6);
  }

  @Test
  void aSoakOfAStoreThatDoesNotHangReportsNone() {
    assertThat(soak("noop")).isZero();
  }

  private int soak(String engine) {
    return run(
        "soak",
        engine,
        "--engines",
        engine,
        "--rate",
        "1000",
        "--seconds",
        "6",
        "--interval",
        "0.5",
        "--stall",
        "2");
  }

  @Test
  void compareSaysWhatIsMissingAndDoesNotCallItWell() throws IOException {
    Case row = new Case("W1", 4096, 16, 0, false);
    for (String name : List.of("whole", "crashed")) {
      Results results = new Results(Map.of());
      results.add(new Sample("e", row, 1, Map.of(Figure.P50, 1.0), null));
      results.add(
          name.equals("whole")
              ? new Sample("f", row, 1, Map.of(Figure.P50, 1.0), null)
              : new Sample("f", row, 1, Map.of(), "exit 139"));
      results.save(Files.createDirectory(out(name)));
    }

    assertThat(Main.run("compare", out("whole").toString(), out("whole").toString())).isZero();
    assertThat(Main.run("compare", out("whole").toString(), out("crashed").toString())).isOne();
  }

  @Test
  void theProcessOfARowEndsWithTheRunThatStartedItEvenIfThatIsKilled() throws Exception {
    Process run = main("run", "--engines", "noop", "--rows", "W1 4 KiB x 16", "--seconds", "300");
    Optional<ProcessHandle> row = Optional.empty();
    try {
      while (row.isEmpty() && run.isAlive()) {
        LockSupport.parkNanos(1_000_000);
        row = run.descendants().findFirst();
      }
    } finally {
      run.destroyForcibly().waitFor();
    }
    ProcessHandle left = row.orElseThrow();
    try {
      assertThat(left.onExit()).succeedsWithin(Duration.ofSeconds(60));
    } finally {
      left.destroyForcibly();
    }
  }

  @Test
  void aRunThatIsStoppedLeavesItsResultsAndNothingElse() throws Exception {
    Process process =
        main(
            "run",
            "--engines",
            "files",
            "--rows",
            "W1 4 KiB x 1",
            "--repetitions",
            "1000",
            "--seconds",
            "0.1",
            "--warm-up",
            "0");
    try {
      Path results = out("stopped").resolve(Results.JSON_FILE);
      while (!Files.exists(results) && process.isAlive()) {
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(process.isAlive()).isTrue();
    } finally {
      process.destroy();
      process.waitFor();
    }
    assertThat(Results.load(out("stopped")).samples()).isNotEmpty();
    try (Stream<Path> left = Files.list(disk())) {
      assertThat(left).isEmpty();
    }
  }

  /** Starts a command in a process of its own. */
  private Process main(String command, String... options) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    line.addAll(List.of(command, "--dir", disk().toString(), "--out", out("stopped").toString()));
    Collections.addAll(line, options);
    return new ProcessBuilder(line)
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("log").toFile())
        .start();
  }
}
