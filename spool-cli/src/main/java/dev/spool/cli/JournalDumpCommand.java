package dev.spool.cli;

import dev.spool.SpoolException;
import dev.spool.journal.JournalDump;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Prints the segments and records of a journal spool. */
@Command(
    name = "dump",
    header = "Prints the segments of a journal spool, and their records.",
    description = {
      "Prints each segment, and a line for each record in it: where it is, what it is, the id and the"
          + " length of its message, never its bytes. Where a segment is not sealed it tells torn"
          + " writes from damage; the exit status is 1 if there is any. Reads the files alone, so it"
          + " works beside a server; what that changes meanwhile is shown before or after.",
      "docs/format-journal.md explains what is printed.",
      "",
      "Example: spool journal dump journal:/var/spool/app"
    })
final class JournalDumpCommand implements Callable<Integer> {
  @ParentCommand private JournalCommand parent;

  @Parameters(
      index = "0",
      paramLabel = "SPOOL",
      description = "The spool: a URI, or the path of one that exists.")
  private SpoolAddress spool;

  @Option(names = "--segments", description = "Segments only, without their records.")
  private boolean segmentsOnly;

  @Override
  public Integer call() {
    Path directory = spool.directory();
    if (directory == null || !spool.uri().startsWith("journal:")) {
      throw new CommandFailure(ExitStatus.USAGE, spool + " is not a journal spool", null);
    }
    try {
      boolean whole = JournalDump.print(directory, parent.streams().out(), !segmentsOnly);
      return whole ? ExitStatus.OK : ExitStatus.SOME_FAILED;
    } catch (SpoolException e) {
      throw new CommandFailure(ExitStatus.CANNOT_OPEN, String.valueOf(e.getMessage()), e);
    }
  }
}
