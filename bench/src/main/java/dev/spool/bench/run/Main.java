package dev.spool.bench.run;

import dev.spool.bench.report.CompareCommand;
import dev.spool.bench.report.ReportCommand;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The bench's command line. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures Spool's backends and their peers side by side.",
    subcommands = {
      RunCommand.class,
      GrowthCommand.class,
      SoakCommand.class,
      CompareCommand.class,
      ReportCommand.class
    })
final class Main {
  private Main() {}

  /** Runs a command, and returns its exit status. */
  static int run(String... arguments) {
    return new CommandLine(new Main())
        // A script gives defaults, and its user something else.
        .setOverwrittenOptionsAllowed(true)
        .setExecutionExceptionHandler(
            (thrown, command, parsed) -> {
              if (thrown instanceof CancellationException) {
                System.err.println("stopped; the results so far are kept");
                return 1;
              }
              throw thrown;
            })
        .execute(arguments);
  }

  /** Runs a command. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }
}
