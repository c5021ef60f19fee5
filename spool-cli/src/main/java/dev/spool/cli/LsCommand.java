package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolEntry;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists messages without reading them. */
@Command(
    name = "ls",
    header = "Lists messages.",
    description = {
      "Lists the messages: id, age and size, in no order. Works beside a server that has the"
          + " spool open.",
      "",
      "Example: spool ls /var/spool/app"
    })
final class LsCommand extends SpoolCommand {
  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  private static final int BUFFER = 64 << 10;

  private int status = ExitStatus.OK;

  @Override
  public Integer call() throws IOException {
    Instant now = Instant.now();
    // A system call a line would take most of the time.
    PrintStream lines =
        new PrintStream(new BufferedOutputStream(out(), BUFFER), false, StandardCharsets.UTF_8);
    try (Spool spool = openForReading()) {
      boolean unused =
          ScanLoop.run(
              spool::list,
              entry -> {
                show(entry, now, lines);
                return streams().outIsRead();
              });
    } finally {
      lines.flush(); // what was seen, if it was not everything
    }
    return status;
  }

  private void show(SpoolEntry entry, Instant now, PrintStream lines) {
    if (entry instanceof SpoolEntry.Listed listed) {
      if (json) {
        new Json()
            .put("id", listed.id().toString())
            .put("created", listed.id().createdAt().toString())
            .put("bytes", listed.length())
            .print(lines);
      } else {
        lines.printf(
            Locale.ROOT,
            "%s  %8s  %10s%n",
            listed.id(),
            Text.age(listed.id().age(now)),
            Text.bytes(listed.length()));
      }
    } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
      status = ExitStatus.SOME_FAILED;
      Damage.print(corrupt, json, json ? lines : err());
    }
  }
}
