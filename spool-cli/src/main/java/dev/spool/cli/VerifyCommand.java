package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Reads every message, and names the damaged ones. */
@Command(
    name = "verify",
    header = "Reads every message, and names the damaged ones.",
    description = {
      "Reads every message, checks it against its checksum, and names each that is damaged, and"
          + " where it lies; the exit status is 1 then. Changes nothing, unless --quarantine is"
          + " given, and works beside a server that has the spool open.",
      "With --quarantine the server must be stopped. Each damaged message is moved to DIR/ID.damaged,"
          + " and the reason to DIR/ID.reason. Of damage that no id can be told of, which is said,"
          + " nothing is moved.",
      "",
      "Example: spool verify /var/spool/app",
      "Example: spool verify --quarantine /var/tmp/damaged /var/spool/app"
    })
final class VerifyCommand extends SpoolCommand {
  @Option(
      names = "--json",
      description = "One JSON object a line: each damaged entry, and the sum at the end.")
  private boolean json;

  @Option(
      names = "--quarantine",
      paramLabel = "DIR",
      description = "Move each damaged message to this directory, which is made if it is missing.")
  private @Nullable Path directory;

  private long whole;
  private long bytes;
  private long damaged;
  private long withoutId;
  private long moved;

  @Override
  public Integer call() throws IOException {
    QuarantineDirectory target =
        directory == null ? null : new QuarantineDirectory(streams(), directory, address());
    try (Spool spool = target == null ? openForReading() : address().openExisting()) {
      verify(spool, target);
      return damaged == 0 && isSound(spool) ? ExitStatus.OK : ExitStatus.SOME_FAILED;
    }
  }

  /** What is there may be whole, and yet not be all: the spool knows if its log was damaged. */
  private boolean isSound(Spool spool) {
    SpoolHealth health = spool.health();
    if (health.state() != SpoolHealth.State.DEGRADED) {
      return true;
    }
    err().println("spool: something is wrong: " + health.reason());
    return false;
  }

  private void verify(Spool spool, @Nullable QuarantineDirectory target) throws IOException {
    boolean complete = false;
    try (Progress progress = Progress.start(streams(), "verified")) {
      complete =
          ScanLoop.run(
              spool::enumerate,
              entry -> {
                take(entry, spool, target, progress);
                return true;
              });
    } finally {
      printSum(complete);
    }
  }

  private void printSum(boolean complete) {
    if (json) {
      new Json()
          .put("whole", whole)
          .put("bytes", bytes)
          .put("damagedCount", damaged)
          .put("moved", directory == null ? null : moved)
          .put("complete", complete)
          .print(out());
      return;
    }
    out()
        .println(
            Text.messages(whole)
                + " whole ("
                + Text.bytes(bytes)
                + "), "
                + Text.count(damaged)
                + " damaged"
                + Damage.unknown(withoutId)
                + (directory == null ? "" : ", " + Text.count(moved) + " of them moved")
                + (complete ? "" : "; not all could be seen: how many more there are is unknown"));
  }

  private void take(
      SpoolEntry entry, Spool spool, @Nullable QuarantineDirectory target, Progress progress)
      throws IOException {
    if (entry instanceof SpoolEntry.Item item) {
      whole++;
      bytes += item.data().length;
      progress.add(item.data().length);
    } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
      damaged++;
      withoutId += corrupt.id() == null ? 1 : 0;
      Damage.print(corrupt, json, out());
      if (target != null) {
        move(corrupt.id(), corrupt.location(), spool, target);
      }
    }
  }

  private void move(@Nullable SpoolId id, String location, Spool spool, QuarantineDirectory target)
      throws IOException {
    if (id == null) {
      err().println("spool: not moved: no id can be told of what is at " + location);
    } else if (target.take(spool, id, json ? err() : out())) {
      moved++;
    }
  }
}
