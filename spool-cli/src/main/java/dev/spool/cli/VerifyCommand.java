package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolEntry;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Reads every message, and names the damaged ones. */
@Command(
    name = "verify",
    header = "Reads every message, and names the damaged ones.",
    description =
        "Reads every message, checks it against its checksum, and names each that is damaged, and"
            + " where it lies. Changes nothing. Works beside a server that has the spool open.")
final class VerifyCommand extends SpoolCommand {
  @Option(
      names = "--json",
      description = "One JSON object a line: each damaged entry, and the sum at the end.")
  private boolean json;

  private long whole;
  private long bytes;
  private long damaged;

  @Override
  public Integer call() throws IOException {
    try (Spool spool = openForReading();
        Progress progress = Progress.start(streams(), "verified")) {
      ScanLoop.run(
          spool::enumerate,
          entry -> {
            take(entry, progress);
            return true;
          });
    }
    if (json) {
      new Json().put("whole", whole).put("bytes", bytes).put("damagedCount", damaged).print(out());
    } else {
      out()
          .println(
              Text.messages(whole)
                  + " whole ("
                  + Text.bytes(bytes)
                  + "), "
                  + Text.count(damaged)
                  + " damaged");
    }
    return damaged == 0 ? ExitStatus.OK : ExitStatus.SOME_FAILED;
  }

  private void take(SpoolEntry entry, Progress progress) {
    if (entry instanceof SpoolEntry.Item item) {
      whole++;
      bytes += item.data().length;
      progress.add(item.data().length);
    } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
      damaged++;
      Damage.print(corrupt, json, out());
    }
  }
}
