package dev.spool.bench.run;

import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Workloads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the table, or one workload over the messages in flight. */
@Command(
    name = "run",
    header = "Measures all engines side by side: the workloads W1 to W6.",
    description =
        "For each row every engine runs in a fresh JVM, one after another; then all of them again,"
            + " so that a machine that drifts is unkind to all alike.")
final class RunCommand implements Callable<Integer> {
  @Mixin private Campaign campaign;

  @Option(names = "--workloads", split = ",", description = "Only these, of W1 to W6.")
  private @Nullable List<String> workloads;

  @Option(names = "--rows", description = "Only rows whose label has this text: 'x 64'.")
  private @Nullable String label;

  @Option(names = "--repetitions", defaultValue = "3", description = "Default: 3.")
  private int repetitions;

  @Option(
      names = "--entries",
      defaultValue = "200000",
      description = "Messages in the store for W4 and W5; default: 200,000.")
  private long entries;

  @Option(
      names = "--in-flight",
      split = ",",
      arity = "0..1",
      fallbackValue = "1,4,16,64,256,1024,4096",
      description =
          "Instead of the table: W1, 4 KiB, over these numbers of messages in flight"
              + " (default: ${FALLBACK-VALUE}).")
  private @Nullable List<Integer> inFlight;

  @Option(names = "--short", description = "Only a few rows that say most.")
  private boolean few;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<List<Case>> series = new ArrayList<>();
    for (List<Case> rows : all()) {
      List<Case> wanted = rows.stream().filter(this::wants).toList();
      if (!wanted.isEmpty()) {
        series.add(wanted);
      }
    }
    return campaign.measure(inFlight == null ? "table" : "in-flight", series, repetitions);
  }

  private boolean wants(Case row) {
    return (workloads == null || workloads.contains(row.workload()))
        && (label == null || row.label().contains(label));
  }

  private List<List<Case>> all() {
    if (inFlight != null) {
      return Workloads.inFlight(inFlight);
    }
    return few ? Workloads.shortTable(entries) : Workloads.table(entries);
  }
}
