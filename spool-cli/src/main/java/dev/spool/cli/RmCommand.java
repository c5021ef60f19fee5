package dev.spool.cli;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Removes messages. */
@Command(
    name = "rm",
    header = "Removes messages.",
    description =
        "Removes messages for good: what was removed stays so, after a power cut too. Removing what"
            + " is not there is no error.")
final class RmCommand extends SpoolCommand {
  @Parameters(index = "1..*", arity = "1..*", paramLabel = "ID", description = "Ids of messages.")
  private List<SpoolId> ids;

  @Override
  public Integer call() {
    int status = ExitStatus.OK;
    try (Spool spool = openForWriting()) {
      List<CompletableFuture<Void>> removals = new ArrayList<>();
      for (SpoolId id : ids) {
        removals.add(spool.remove(id, Durability.SYNC, null));
      }
      for (int i = 0; i < removals.size(); i++) {
        try {
          removals.get(i).join();
        } catch (CompletionException e) {
          status = ExitStatus.SOME_FAILED;
          err()
              .println(
                  "spool: not removed: " + ids.get(i) + ": " + SpoolException.unwrap(e).detail());
        }
      }
    }
    return status;
  }
}
