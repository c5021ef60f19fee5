package dev.spool.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Prints what makes a shell complete this command. */
@Command(
    name = "completion",
    header = "Prints a script that makes bash and zsh complete this command.",
    description = {
      "Prints a script for bash and zsh: subcommands, options and files are completed once it was"
          + " sourced.",
      "",
      "Example: source <(spool completion)"
    })
final class CompletionCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    main.streams().out().print(AutoComplete.bash("spool", spec.root().commandLine()));
    return ExitStatus.OK;
  }
}
