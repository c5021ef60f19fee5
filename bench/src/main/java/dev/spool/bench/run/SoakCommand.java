package dev.spool.bench.run;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.bench.engine.Engines;
import dev.spool.bench.result.Sample;
import dev.spool.bench.result.SoakResults;
import dev.spool.bench.result.SoakResults.Soak;
import dev.spool.bench.result.Table;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import dev.spool.bench.workload.FileTree;
import dev.spool.bench.workload.OpenLoop.Plan;
import dev.spool.bench.workload.Pace;
import dev.spool.bench.workload.Timeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Soaks engines: first measures what each can do, then gives it a part of that for long. */
@Command(
    name = "soak",
    header = "Lets messages arrive at a fixed rate for a long time.",
    description = {
      "Measures the engine's capacity (W2, 64 in flight), then lets messages arrive at a part of"
          + " it, in a fresh JVM. Latencies count from when a message was to arrive.",
      "Exit status: 0; 1 if a store stalled or its memory grew; 2 if a soak failed."
    })
final class SoakCommand implements Callable<Integer> {
  private static final int IN_FLIGHT = 64;
  private static final int FAILED = 2;
  private static final double MIB = 1048576;

  @Spec private CommandSpec command;

  @Option(
      names = "--dir",
      defaultValue = ".",
      description = "A directory on the disk to use (default: this one).")
  private Path directory;

  @Option(
      names = "--out",
      defaultValue = "bench-results",
      description = "Where the results go (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(
      names = "--engines",
      split = ",",
      defaultValue = "spool-rocksdb,spool-file",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<String> engines;

  @Option(names = "--seconds", defaultValue = "600", description = "Default: 600.")
  private double seconds;

  @Option(
      names = "--capacity-seconds",
      defaultValue = "20",
      description = "How long capacity is measured; default: 20.")
  private double capacitySeconds;

  @Option(
      names = "--load",
      defaultValue = "0.7",
      description = "The part of the capacity that arrives; default: 0.7.")
  private double load;

  @Option(
      names = "--rate",
      description = "Messages a second that arrive; the capacity is not measured then.")
  private @Nullable Double rate;

  @Option(
      names = "--interval",
      defaultValue = "1",
      description = "Seconds between two figures; the first one is warm-up; default: 1.")
  private double interval;

  @Option(
      names = "--stall",
      defaultValue = "1",
      description = "Nothing acknowledged for so many seconds is a stall; default: 1.")
  private double stall;

  @Option(names = "--size", defaultValue = "4096", description = "Bytes a message; default: 4096.")
  private int size;

  @Option(names = "--heap", defaultValue = "2g", description = "-Xmx of each JVM; default: 2g.")
  private String heap;

  @Option(names = "--jvm", description = "An option for the JVM of the soak; may be repeated.")
  private List<String> jvmOptions = new ArrayList<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Files.createDirectories(out);
    Files.createDirectories(directory);
    List<String> typed = command.commandLine().getParseResult().originalArgs();
    SoakResults results = new SoakResults(MachineFacts.of("soak", typed, directory));
    boolean failed = false;
    try (WorkDirectory work = WorkDirectory.in(directory)) {
      for (String engine : engines) {
        try {
          results.put(engine, soak(engine, work));
          results.save(out);
        } catch (Jvm.Failure e) {
          System.out.printf("%s failed: %s%n", engine, e.getMessage());
          failed = true;
        }
      }
    }
    boolean wrong = false;
    for (var soak : results.soaks().entrySet()) {
      wrong |= say(soak.getKey(), soak.getValue());
    }
    return failed ? FAILED : wrong ? 1 : 0;
  }

  private Soak soak(String engine, WorkDirectory work)
      throws IOException, InterruptedException, Jvm.Failure {
    Jvm jvm = new Jvm(heap, jvmOptions);
    double capacity = rate == null ? capacity(engine, work, jvm) : rate / load;
    System.err.printf("%s: %s msg/s arrive%n", engine, Table.number(capacity * load));
    Plan plan =
        new Plan(capacity * load, size, seconds(seconds), seconds(interval), seconds(stall));
    Path place = Files.createTempDirectory(work.path(), engine + "-soak-");
    try {
      Path store = Files.createDirectory(place.resolve("store"));
      Path timeline = place.resolve("timeline.json");
      Jvm needed = jvm.with(Engines.named(engine).needs(), place.resolve("native"));
      needed.run(
          work,
          SoakProcess.class,
          SoakProcess.arguments(engine, plan, store, timeline),
          place.resolve("log"),
          seconds(seconds).plusMinutes(15));
      Timeline seen = SoakResults.timeline(JSON.std.mapFrom(Files.readString(timeline)));
      return new Soak(capacity, capacity * load, seen);
    } finally {
      FileTree.delete(place);
    }
  }

  private double capacity(String engine, WorkDirectory work, Jvm jvm)
      throws IOException, InterruptedException, Jvm.Failure {
    Pace pace = new Pace(seconds(capacitySeconds / 4), seconds(capacitySeconds));
    Case row = new Case("W2", size, IN_FLIGHT, 0, false);
    Sample sample = new RowRunner(work, pace, jvm).run(engine, List.of(row), 1).get(0);
    Double measured = sample.figures().get(Figure.MESSAGES_PER_SECOND);
    if (measured == null) {
      throw new Jvm.Failure("capacity: " + sample.failure());
    }
    return measured;
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  /** Says what was seen, and whether it was wrong. */
  private static boolean say(String engine, Soak soak) {
    Timeline seen = soak.timeline();
    System.out.printf(
        "%s, %s msg/s of %s: p50 %s µs, p99 %s, p99.9 %s, max %s; longest gap %.3f s%n",
        engine,
        Table.number(soak.rate()),
        Table.number(soak.capacity()),
        Table.number(seen.p50()),
        Table.number(seen.p99()),
        Table.number(seen.p999()),
        Table.number(seen.max()),
        seen.longestGap());
    Timeline.Interval last = seen.intervals().get(seen.intervals().size() - 1);
    System.out.printf(
        "  memory at the end: %s MiB resident, %s MiB of heap after the last collection%n",
        Table.number(last.residentBytes() / MIB), Table.number(last.heapBytes() / MIB));
    for (Timeline.Stall stall : seen.stalls()) {
      System.out.printf("  STALLED at %.1f s for %.1f s%n", stall.at(), stall.seconds());
    }
    if (seen.heapGrows()) {
      System.out.println("  GROWS: the heap after collections");
    }
    if (seen.residentGrows()) {
      System.out.println("  GROWS: the memory of the process");
    }
    return !seen.stalls().isEmpty() || seen.heapGrows() || seen.residentGrows();
  }
}
