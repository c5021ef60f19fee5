package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolStats;
import dev.spool.support.DirectoryLock;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Counts messages, by age and size too, and shows who has it open, room and sizes. */
@Command(
    name = "stat",
    header = "Counts messages by age and size, and shows room and sizes.",
    description = {
      "Counts the messages, in all and by age and size, and shows which server has the spool open, the"
          + " room on its disk, and its sizes. Works beside that server; whether it is healthy, and"
          + " takes messages, only its own log and JMX tell. What stores need to be free is judged by"
          + " the settings that SPOOL gives, or the defaults. Messages are not read: 'spool verify'"
          + " finds what is damaged in them.",
      "In the table a message of 5 minutes is in the column of 10m, that of those below; T is the sum"
          + " of a row.",
      "",
      "Example: spool stat /var/spool/app",
      "Example: spool stat --json /var/spool/app"
    })
final class StatCommand extends SpoolCommand {
  @Option(names = "--json", description = "One JSON object.")
  private boolean json;

  private final Instant now = Instant.now();
  private final Shape shape = new Shape();
  private long messages;
  private long bytes;
  private long damaged;
  private @Nullable Instant oldest;

  @Override
  public Integer call() throws IOException {
    try (Spool spool = openForReading()) {
      try (Progress progress = Progress.start(streams(), "counted")) {
        boolean unused =
            ScanLoop.run(
                spool::list,
                entry -> {
                  count(entry, progress);
                  return true;
                });
      }
      DiskRoom room = DiskRoom.of(address());
      if (json) {
        printJson(spool.health(), spool.stats(), room);
      } else {
        printText(spool.health(), spool.stats(), room);
      }
    }
    return damaged == 0 ? ExitStatus.OK : ExitStatus.SOME_FAILED;
  }

  private void count(SpoolEntry entry, Progress progress) {
    if (entry instanceof SpoolEntry.Listed listed) {
      messages++;
      bytes += listed.length();
      note(listed.id());
      shape.add(listed.id().age(now), listed.length());
      progress.add(listed.length());
    } else {
      damaged++;
    }
  }

  private void note(SpoolId id) {
    Instant created = id.createdAt();
    if (oldest == null || created.isBefore(oldest)) {
      oldest = created;
    }
  }

  private void printText(SpoolHealth health, SpoolStats stats, @Nullable DiskRoom room) {
    line("spool", stats.name());
    line("backend", stats.backend());
    line("messages", Text.count(messages));
    line("bytes", Text.count(bytes) + " (" + Text.bytes(bytes) + ")");
    line("damaged", Text.count(damaged) + " (messages are not read: 'spool verify' reads them)");
    if (oldest != null) {
      line("oldest", oldest + " (" + Text.age(Duration.between(oldest, now)) + ")");
    }
    printServer();
    printLook(health);
    if (room != null) {
      line("disk", room.bytes());
      line("inodes", room.inodes());
      line("no room", room.isLow() ? "stores are refused: " + room.finding() : null);
    }
    for (SpoolStats.Figure figure : figures(stats)) {
      line(figure.name(), (Text.count(figure.value()) + " " + figure.unit()).strip());
    }
    out().println();
    shape.print(out());
  }

  private void printServer() {
    String owner = owner();
    if (owner == null) {
      line("server", "not open by any server that is named in the spool");
    } else {
      line("server", owner);
      line("health", "not known here: the server's own is in its log and in JMX");
    }
  }

  /** Of what was met on the way, and of nothing else. */
  private void printLook(SpoolHealth health) {
    if (isWell(health)) {
      line("this look", "met no errors");
    } else {
      line("this look", state(health) + " since " + seconds(health.since()));
      line("reason", health.reason());
      line("cause", health.cause());
    }
  }

  private static boolean isWell(SpoolHealth health) {
    return health.state() == SpoolHealth.State.HEALTHY;
  }

  private static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }

  /** Returns who has the spool open, as the spool tells it to people, or null. */
  private @Nullable String owner() {
    Path directory = spoolDirectory();
    return directory == null ? null : DirectoryLock.owner(Disk.system(), directory).orElse(null);
  }

  /** Counters begin with this look, and so do calls in flight; sizes are those of the storage. */
  private static List<SpoolStats.Figure> figures(SpoolStats stats) {
    return stats.figures().stream()
        .filter(figure -> figure.kind() == SpoolStats.Kind.GAUGE && figure.value() != 0)
        .filter(figure -> figure.name().startsWith("files.") || isMessages(figure.name()))
        .toList();
  }

  private static boolean isMessages(String figure) {
    return figure.startsWith("messages.");
  }

  private static String state(SpoolHealth health) {
    return health.state().toString().toLowerCase(Locale.ROOT);
  }

  /** Prints what is known. */
  private void line(String name, @Nullable Object value) {
    if (value != null) {
      out().printf(Locale.ROOT, "%-36s %s%n", name, value);
    }
  }

  private void printJson(SpoolHealth health, SpoolStats stats, @Nullable DiskRoom room) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures(stats).forEach(figure -> figures.put(figure.name(), figure.value()));
    new Json()
        .put("spool", stats.name())
        .put("backend", stats.backend())
        .put("messages", messages)
        .put("bytes", bytes)
        .put("damaged", damaged)
        .put("oldest", oldest == null ? null : oldest.toString())
        .put("server", owner())
        .put(
            "thisLookOnly",
            new Json()
                .put("metErrors", !isWell(health))
                .put("reason", health.reason())
                .put("cause", health.cause() == null ? null : health.cause().toString())
                .put("since", seconds(health.since()).toString()))
        .put("disk", room == null ? null : room.json())
        .put("shape", shape.json())
        .put("figures", figures)
        .print(out());
  }
}
