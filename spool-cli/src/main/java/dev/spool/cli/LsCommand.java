package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolEntry;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists messages without reading them. */
@Command(
    name = "ls",
    header = "Lists messages.",
    description =
        "Lists the messages: id, age and size, in no order. Works beside a server that has the"
            + " spool open.")
final class LsCommand extends SpoolCommand {
  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  private int status = ExitStatus.OK;

  @Override
  public Integer call() throws IOException {
    Instant now = Instant.now();
    try (Spool spool = openForReading()) {
      ScanLoop.run(
          spool::list,
          entry -> {
            show(entry, now);
            return !out().checkError(); // nobody reads any more: the other end of a pipe is closed
          });
    }
    return status;
  }

  private void show(SpoolEntry entry, Instant now) {
    if (entry instanceof SpoolEntry.Listed listed) {
      if (json) {
        new Json()
            .put("id", listed.id().toString())
            .put("created", listed.id().createdAt().toString())
            .put("bytes", listed.length())
            .print(out());
      } else {
        out()
            .printf(
                Locale.ROOT,
                "%s  %8s  %10s%n",
                listed.id(),
                Text.age(listed.id().age(now)),
                Text.bytes(listed.length()));
      }
    } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
      status = ExitStatus.SOME_FAILED;
      Damage.print(corrupt, json, json ? out() : err());
    }
  }
}
