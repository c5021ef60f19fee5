package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes messages to standard output. */
@Command(
    name = "cat",
    header = "Writes messages to standard output.",
    description =
        "Writes messages to standard output, byte for byte. Works beside a server that has the"
            + " spool open.")
final class CatCommand extends SpoolCommand {
  @Parameters(index = "1..*", arity = "1..*", paramLabel = "ID", description = "Ids of messages.")
  private List<SpoolId> ids;

  @Override
  public Integer call() throws IOException {
    int status = ExitStatus.OK;
    long written = 0;
    try (Spool spool = openForReading()) {
      for (SpoolId id : ids) {
        try {
          out().write(spool.load(id).join());
          written++;
        } catch (CompletionException e) {
          status = ExitStatus.SOME_FAILED;
          err().println("spool: " + SpoolException.unwrap(e).detail());
        }
        if (!streams().outIsRead()) {
          throw new CommandFailure(
              ExitStatus.STOPPED,
              "nobody reads standard output any more: at most "
                  + Text.messages(written)
                  + " arrived",
              null);
        }
      }
      out().flush();
    }
    return status;
  }
}
