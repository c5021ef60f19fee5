package dev.spool.cli;

import dev.spool.CleanupReport;
import dev.spool.Spool;
import java.io.IOException;
import picocli.CommandLine.Command;

/** Does a spool's periodic maintenance now. */
@Command(
    name = "cleanup",
    header = "Does the periodic maintenance now.",
    description = {
      "Removes the files that nothing needs, those that interrupted stores have left among them. A"
          + " server does this by itself every ten minutes (cleanupInterval), and when it starts."
          + " Removes no message. The server that uses the spool must be stopped.",
      "",
      "Example: spool cleanup /var/spool/app"
    })
final class CleanupCommand extends SpoolCommand {
  /** A file spool sweeps what interrupted stores have left when it is opened, and never later. */
  private static final String SWEPT = "temporary.swept";

  @Override
  public Integer call() throws IOException {
    CleanupReport report;
    long swept;
    try (Spool spool = address().openExisting()) {
      report = Waiting.on(streams(), "cleaning up", spool.cleanup());
      swept = spool.stats().value(SWEPT).orElse(0);
    }
    long removed = report.removed() + swept;
    out()
        .println(
            removed == 0
                ? "there was nothing to clean up"
                : "removed "
                    + Text.count(removed)
                    + (removed == 1 ? " file" : " files")
                    + " that nothing needed");
    return ExitStatus.OK;
  }
}
