package dev.spool.bench.run;

import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Workloads;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how stores fare that hold many messages. */
@Command(
    name = "growth",
    header = "Measures stores that hold many small messages.",
    description =
        "For each size of the backlog, each engine's store is filled once; then fresh JVMs measure"
            + " W4, W2 and W1 on it: memory a message, time to reopen, throughput.")
final class GrowthCommand implements Callable<Integer> {
  @Mixin private Campaign campaign;

  @Option(
      names = "--backlogs",
      split = ",",
      defaultValue = "10000,1000000,10000000",
      description = "Messages in the store; default: ${DEFAULT-VALUE}.")
  private List<Long> backlogs;

  @Option(
      names = "--size",
      defaultValue = "512",
      description = "Bytes a message, at least 128; default: ${DEFAULT-VALUE}.")
  private int size;

  @Option(names = "--repetitions", defaultValue = "1", description = "Default: 1.")
  private int repetitions;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<List<Case>> series =
        backlogs.stream().map(backlog -> Workloads.growth(size, backlog)).toList();
    return campaign.measure("growth", series, repetitions);
  }
}
