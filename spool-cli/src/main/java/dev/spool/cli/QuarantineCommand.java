package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Moves a damaged message out of a spool. */
@Command(
    name = "quarantine",
    header = "Moves a damaged message out of the spool.",
    description = {
      "Moves what is left of a damaged message to DIR/ID.damaged, and the reason to DIR/ID.reason;"
          + " nothing that is in DIR is overwritten. A message that is whole, or not there, is left"
          + " alone, and the exit status is 1. The server that uses the spool must be stopped.",
      "",
      "Example:",
      "  spool quarantine /var/spool/app 01a1fce22d447000a352a261e380fc5d ~/damaged"
    })
final class QuarantineCommand extends SpoolCommand {
  @Parameters(index = "1", paramLabel = "ID", description = "The id of the message.")
  private SpoolId id;

  @Parameters(index = "2", paramLabel = "DIR", description = "Where to; made if it is missing.")
  private Path directory;

  @Override
  public Integer call() throws IOException {
    QuarantineDirectory target = new QuarantineDirectory(streams(), directory, address());
    try (Spool spool = address().openExisting()) {
      return target.take(spool, id, out()) ? ExitStatus.OK : ExitStatus.SOME_FAILED;
    }
  }
}
