package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolStats;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Counts messages, by age and size too, and shows the spool's health, room and figures. */
@Command(
    name = "stat",
    header = "Counts messages by age and size, and shows state and figures.",
    description = {
      "Counts the messages, in all and by age and size, and shows the spool's state, the room on its"
          + " disk, and its figures. Works beside a server that has the spool open; state and"
          + " figures are those of this look at it, not the server's. So is what stores need to be"
          + " free: by the settings that SPOOL gives, or the defaults.",
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
    line("damaged", Text.count(damaged));
    if (oldest != null) {
      line("oldest", oldest + " (" + Text.age(Duration.between(oldest, now)) + ")");
    }
    line("health", state(health));
    line("reason", health.reason());
    line("cause", health.cause());
    line("since", health.since());
    if (room != null) {
      line("disk", room.bytes());
      line("inodes", room.inodes());
      line("no room", room.isLow() ? "stores are refused: " + room.finding() : null);
    }
    for (SpoolStats.Figure figure : stats.figures()) {
      line(figure.name(), (Text.count(figure.value()) + " " + figure.unit()).strip());
    }
    out().println();
    shape.print(out());
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
    stats.figures().forEach(figure -> figures.put(figure.name(), figure.value()));
    new Json()
        .put("spool", stats.name())
        .put("backend", stats.backend())
        .put("messages", messages)
        .put("bytes", bytes)
        .put("damaged", damaged)
        .put("oldest", oldest == null ? null : oldest.toString())
        .put("health", state(health))
        .put("reason", health.reason())
        .put("cause", health.cause() == null ? null : health.cause().toString())
        .put("since", health.since().toString())
        .put("disk", room == null ? null : room.json())
        .put("shape", shape.json())
        .put("figures", figures)
        .print(out());
  }
}
