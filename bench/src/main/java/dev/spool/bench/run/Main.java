package dev.spool.bench.run;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The bench's command line. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures Spool's backends and their peers side by side.",
    subcommands = {RunCommand.class})
final class Main {
  private Main() {}

  /** Runs a command. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
