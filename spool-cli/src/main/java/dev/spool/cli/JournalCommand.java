package dev.spool.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What only journal spools have. */
@Command(
    name = "journal",
    header = "Looks into a journal spool: its segments and records.",
    description = {
      "Looks into the files of a journal spool, which is experimental.",
      "",
      "Example: spool journal dump journal:/var/spool/app"
    },
    subcommands = JournalDumpCommand.class)
final class JournalCommand implements Runnable {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  Streams streams() {
    return main.streams();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "what is to be done? 'dump', for instance");
  }
}
