package dev.spool.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.testkit.Required;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard and the alerts ask for what there is, in words that Prometheus understands. */
class MonitoringTest {
  private static final Path DIRECTORY = Path.of("../docs/monitoring").toAbsolutePath().normalize();
  private static final Path DASHBOARD = DIRECTORY.resolve("spool-dashboard.json");
  private static final Path ALERTS = DIRECTORY.resolve("spool-alerts.yml");

  @TempDir private Path dir;

  @Test
  void everyMetricOfTheDashboardIsInARealScrape() throws IOException {
    TreeSet<String> named = new TreeSet<>();
    expressions().forEach(expression -> named.addAll(Published.namedIn(expression)));
    assertThat(named).hasSizeGreaterThan(40);
    assertThat(missing(named, Published.in(dir))).isEmpty();
  }

  @Test
  void everyMetricOfTheAlertsIsInARealScrape() throws IOException {
    TreeSet<String> named = new TreeSet<>();
    Matcher expressions = Pattern.compile("expr: (.*)").matcher(Files.readString(ALERTS));
    while (expressions.find()) {
      named.addAll(Published.namedIn(expressions.group(1)));
    }
    assertThat(named).hasSizeGreaterThan(10);
    assertThat(missing(named, Published.in(dir))).isEmpty();
  }

  /** Returns the names that are not published, where they can be. */
  static Set<String> missing(Set<String> named, Published published) {
    Set<String> missing = new TreeSet<>(named);
    missing.removeAll(published.metrics());
    if (!published.metrics().contains("spool_inodes_total_files")) { // such file systems are few
      missing.removeAll(Set.of("spool_inodes_free_files", "spool_inodes_total_files"));
    }
    // Written for all that a timer publishes.
    missing.removeIf(name -> published.metrics().contains(name + "_bucket"));
    return missing;
  }

  @Test
  void theDashboardsPanelsAreWhole() throws IOException {
    Map<String, Object> dashboard = JSON.std.mapFrom(Files.readString(DASHBOARD));
    Set<Object> ids = new HashSet<>();
    List<String> cells = new ArrayList<>();
    for (Map<String, Object> panel : list(dashboard.get("panels"))) {
      assertThat(ids.add(panel.get("id"))).as("id %s", panel.get("id")).isTrue();
      assertThat((String) panel.get("title")).isNotBlank();
      addCells(cells, map(panel.get("gridPos")));
      if (!panel.get("type").equals("row")) {
        assertThat(map(panel.get("datasource"))).containsEntry("uid", "${datasource}");
        for (Map<String, Object> target : list(panel.get("targets"))) {
          assertThat(map(target.get("datasource"))).containsEntry("uid", "${datasource}");
          String expression = (String) target.get("expr");
          Matcher selectors = Pattern.compile("spool_\\w+").matcher(expression);
          while (selectors.find()) {
            assertThat(expression.substring(selectors.end()))
                .as(expression)
                .startsWith("{spool=~\"$spool\",backend=~\"$backend\"");
          }
        }
      }
    }
    assertThat(cells).doesNotHaveDuplicates();
    assertThat(list(map(dashboard.get("templating")).get("list")))
        .extracting(variable -> variable.get("name"))
        .containsExactly("datasource", "backend", "spool");
  }

  private static void addCells(List<String> cells, Map<String, Object> grid) {
    int x = (int) grid.get("x");
    int y = (int) grid.get("y");
    assertThat(x + (int) grid.get("w")).isLessThanOrEqualTo(24);
    for (int column = x; column < x + (int) grid.get("w"); column++) {
      for (int line = y; line < y + (int) grid.get("h"); line++) {
        cells.add(column + "," + line);
      }
    }
  }

  @Test
  void prometheusUnderstandsTheDashboard() throws Exception {
    StringBuilder rules = new StringBuilder("groups:\n- name: dashboard\n  rules:\n");
    int number = 0;
    for (String expression : expressions()) {
      String concrete =
          expression
              .replace("$__rate_interval", "5m")
              .replace("$spool", ".*")
              .replace("$backend", ".*");
      rules.append("  - record: panel:").append(number++).append("\n    expr: |\n      ");
      rules.append(concrete).append("\n");
    }
    Path file = Files.writeString(dir.resolve("rules.yml"), rules);
    assertThat(promtool("check", "rules", file.toString())).contains(number + " rules found");
  }

  @Test
  void theAlertsAreValid() throws Exception {
    assertThat(promtool("check", "rules", ALERTS.toString())).contains("SUCCESS");
  }

  @Test
  void theAlertsFireWhenTheyShouldAndOnlyThen() throws Exception {
    Path tests = DIRECTORY.resolve("spool-alerts-test.yml");
    assertThat(promtool("test", "rules", tests.toString())).contains("SUCCESS");
    String text = Files.readString(tests);
    Matcher alerts = Pattern.compile("- alert: (\\w+)").matcher(Files.readString(ALERTS));
    int found = 0;
    while (alerts.find()) {
      found++;
      assertThat(text).contains("alertname: " + alerts.group(1));
    }
    assertThat(found).isGreaterThan(8);
  }

  /** Otherwise a mistake in how promtool is run would pass as success. */
  @Test
  void anAlertThatDoesNotFireIsNoticed() throws Exception {
    Path tests = dir.resolve("spool-alerts-test.yml");
    Files.copy(ALERTS, dir.resolve("spool-alerts.yml"));
    Files.writeString(
        tests,
        Files.readString(DIRECTORY.resolve("spool-alerts-test.yml"))
            .replace("takes 4.2s", "takes 9s"));
    assertThat(promtool("test", "rules", tests.toString())).contains("FAILED");
  }

  private static List<String> expressions() throws IOException {
    List<String> expressions = new ArrayList<>();
    Map<String, Object> dashboard = JSON.std.mapFrom(Files.readString(DASHBOARD));
    for (Map<String, Object> panel : list(dashboard.get("panels"))) {
      if (panel.get("targets") != null) {
        list(panel.get("targets")).forEach(target -> expressions.add((String) target.get("expr")));
      }
    }
    return expressions;
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> list(Object json) {
    return (List<Map<String, Object>>) json;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object json) {
    return (Map<String, Object>) json;
  }

  private String promtool(String... arguments) throws IOException, InterruptedException {
    Optional<Path> program =
        Stream.concat(
                Arrays.stream(System.getenv("PATH").split(File.pathSeparator)).map(Path::of),
                Stream.of(Path.of("../.tools/bin")))
            .map(directory -> directory.resolve("promtool").toAbsolutePath().normalize())
            .filter(Files::isExecutable)
            .findFirst();
    Required.require(program.isPresent(), "promtool is not here: run .ci/tools");
    List<String> command = new ArrayList<>(List.of(program.orElseThrow().toString()));
    command.addAll(List.of(arguments));
    Path output = dir.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    String said = Files.readString(output);
    assertThat(process.exitValue() == 0).as(said).isEqualTo(!said.contains("FAILED"));
    return said;
  }
}
