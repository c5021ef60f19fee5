package dev.spool.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.micrometer.Published.Facts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/metrics.md} says what there is, and nothing else. */
class MetricsDocTest {
  private static final Path PAGE = Path.of("../docs/metrics.md");
  private static final Pattern ROW =
      Pattern.compile(
          "(?m)^\\| `(spool\\.[a-z0-9.]+)` \\| (\\w+) \\| (\\w*) ?\\| ([a-z, ]*?) ?\\|");

  @TempDir private Path dir;

  @Test
  void theTablesListExactlyWhatIsPublished() throws IOException {
    String page = Files.readString(PAGE);
    Published published = Published.in(dir);
    published
        .meters()
        .forEach(
            (backend, meters) -> {
              Map<String, Facts> listed = new TreeMap<>();
              for (String section : sections(backend)) {
                listed.putAll(table(page, section));
              }
              if (!meters.containsKey("spool.inodes.total")) {
                listed.keySet().removeIf(name -> name.startsWith("spool.inodes."));
              }
              assertThat(listed).as(backend).isEqualTo(meters);
            });
  }

  private static List<String> sections(String backend) {
    return switch (backend) {
      case "memory" -> List.of("Calls", "Health", "Under way", backend);
      case "cache" -> List.of("Calls", "Health", "Under way", "memory", backend);
      default -> List.of("Calls", "Health", "Under way", "Disk", backend);
    };
  }

  @Test
  void theNamesInPrometheusAreTrue() throws IOException {
    TreeSet<String> named = Published.namedIn(Files.readString(PAGE));
    assertThat(named).hasSizeGreaterThan(15);
    assertThat(MonitoringTest.missing(named, Published.in(dir))).isEmpty();
  }

  @Test
  void theTableOfFailuresListsEveryKind() throws IOException {
    Matcher row =
        Pattern.compile("(?m)^\\| `spool\\.failures`.*?Kinds: (.*?)\\.")
            .matcher(Files.readString(PAGE));
    assertThat(row.find()).isTrue();
    TreeSet<String> kinds = new TreeSet<>();
    for (FailureKind kind : FailureKind.values()) {
      kinds.add("`" + kind.tag() + "`");
    }
    assertThat(new TreeSet<>(List.of(row.group(1).split(", ")))).isEqualTo(kinds);
  }

  private static Map<String, Facts> table(String page, String section) {
    int begin = page.indexOf("\n## " + section + "\n");
    assertThat(begin).as(section).isPositive();
    int end = page.indexOf("\n## ", begin + 1);
    Matcher rows = ROW.matcher(page.substring(begin, end));
    Map<String, Facts> table = new TreeMap<>();
    while (rows.find()) {
      table.put(rows.group(1), new Facts(rows.group(2), rows.group(3), rows.group(4)));
    }
    assertThat(table).as(section).isNotEmpty();
    return table;
  }
}
