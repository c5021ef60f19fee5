package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolStats;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Counts messages, and shows the spool's health and figures. */
@Command(
    name = "stat",
    header = "Counts messages, and shows state and figures.",
    description =
        "Counts the messages and shows the spool's state and figures. Works beside a server that has"
            + " the spool open; state and figures are those of this look at it, not the server's.")
final class StatCommand extends SpoolCommand {
  @Option(names = "--json", description = "One JSON object.")
  private boolean json;

  private long messages;
  private long bytes;
  private long damaged;
  private @Nullable Instant oldest;

  @Override
  public Integer call() throws IOException {
    try (Spool spool = openForReading()) {
      ScanLoop.run(
          spool::list,
          entry -> {
            count(entry);
            return true;
          });
      if (json) {
        printJson(spool.health(), spool.stats());
      } else {
        printText(spool.health(), spool.stats());
      }
    }
    return damaged == 0 ? ExitStatus.OK : ExitStatus.SOME_FAILED;
  }

  private void count(SpoolEntry entry) {
    if (entry instanceof SpoolEntry.Listed listed) {
      messages++;
      bytes += listed.length();
      note(listed.id());
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

  private void printText(SpoolHealth health, SpoolStats stats) {
    line("spool", stats.name());
    line("backend", stats.backend());
    line("messages", Text.count(messages));
    line("bytes", Text.count(bytes) + " (" + Text.bytes(bytes) + ")");
    line("damaged", Text.count(damaged));
    if (oldest != null) {
      line(
          "oldest",
          oldest + " (" + Text.age(java.time.Duration.between(oldest, Instant.now())) + ")");
    }
    line("health", health.state().toString().toLowerCase(Locale.ROOT));
    if (health.reason() != null) {
      line("reason", health.reason());
    }
    for (SpoolStats.Figure figure : stats.figures()) {
      line(figure.name(), (Text.count(figure.value()) + " " + figure.unit()).strip());
    }
  }

  private void line(String name, String value) {
    out().printf(Locale.ROOT, "%-36s %s%n", name, value);
  }

  private void printJson(SpoolHealth health, SpoolStats stats) {
    Map<String, Object> figures = new LinkedHashMap<>();
    stats.figures().forEach(figure -> figures.put(figure.name(), figure.value()));
    new Json()
        .put("spool", stats.name())
        .put("backend", stats.backend())
        .put("messages", messages)
        .put("bytes", bytes)
        .put("damaged", damaged)
        .put("oldest", oldest == null ? null : oldest.toString())
        .put("health", health.state().toString().toLowerCase(Locale.ROOT))
        .put("reason", health.reason())
        .put("figures", figures)
        .print(out());
  }
}
