package dev.spool.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.bench.result.EngineFacts;
import dev.spool.bench.result.Results;
import dev.spool.bench.result.Sample;
import dev.spool.bench.result.SoakResults;
import dev.spool.bench.result.SoakResults.Soak;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import dev.spool.bench.workload.Timeline;
import dev.spool.bench.workload.Timeline.Interval;
import dev.spool.bench.workload.Workloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of results that are made up. */
class ReportTest {
  private static final Case LIFECYCLE = new Case("W2", 4096, 64, 0, false);

  @TempDir Path directory;

  private static Results results(String kind, String fileSystem) {
    Results results = new Results(Map.of("kind", kind, "file system", fileSystem));
    results.describe("e", new EngineFacts("as a " + kind, "1", List.of()));
    return results;
  }

  private static void add(Results results, String engine, Case row, Figure... figures) {
    Map<Figure, Double> values = new EnumMap<>(Figure.class);
    for (Figure figure : figures) {
      values.put(figure, 100.0);
    }
    results.add(new Sample(engine, row, 1, values, null));
  }

  private void save(String name, Results results) throws IOException {
    results.save(Files.createDirectories(directory.resolve(name)));
  }

  private Sources sources() throws IOException {
    return Sources.of(List.of(directory));
  }

  private String page() throws IOException {
    Sources sources = sources();
    return new Page("bench/report", "plots", sources, Charts.of(sources)).text();
  }

  @Test
  void resultsOfOneKindHaveSectionsAndPlotsOfTheirOwn() throws IOException {
    for (String fileSystem : List.of("ext4", "xfs")) {
      Results table = results("table", fileSystem);
      add(table, "e", Workloads.HARNESS, Figure.MESSAGES_PER_SECOND, Figure.P50);
      save("table-" + fileSystem, table);
    }
    for (String name : List.of("growth", "growth-peers")) {
      Results growth = results("growth", "ext4");
      Case row = new Case("W1", 512, 64, 1000, false);
      add(growth, "e", row, Figure.MESSAGES_PER_SECOND, Figure.OPEN_TIME);
      save(name, growth);
      SoakResults soaks = new SoakResults(Map.of("kind", "soak"));
      soaks.put("e", new Soak(1, 1, timeline()));
      soaks.save(directory.resolve(name));
    }

    assertThat(Charts.of(sources()).names())
        .contains("latency", "latency-2", "growth-open", "growth-open-2", "soak-latency-2");
    assertThat(page())
        .containsSubsequence(
            "## Workloads: ext4\n",
            "plots/latency.svg",
            "## Workloads: xfs\n",
            "plots/latency-2.svg")
        .contains("## Growth (1)\n", "## Growth (2)\n", "plots/growth-open-2.svg")
        .contains("## Soak (1)\n", "## Soak (2)\n");
  }

  private static Timeline timeline() {
    return new Timeline(List.of(interval(1, 10, 0)), 1, 1, 1, 1, 0, List.of());
  }

  private static Interval interval(double seconds, long done, long underWay) {
    return new Interval(seconds, done, 0, done == 0 ? 0 : 7, 0, underWay, 1 << 20, 1 << 20);
  }

  @Test
  void anIntervalInWhichAllWaitedIsAPointAndOneInWhichThereWasNothingToDoIsNone() {
    List<Interval> intervals =
        List.of(interval(2, 10, 0), interval(4, 0, 5), interval(6, 0, 0), interval(8, 10, 0));

    assertThat(Charts.latencies(intervals))
        .containsExactly(
            new double[] {2, 7}, new double[] {4, 2e6}, new double[] {6, 0}, new double[] {8, 7});
  }

  @Test
  void anEngineThatCannotLoadIsSaidToBeMeasuredWithoutTheLoads() throws IOException {
    Results table = results("table", "ext4");
    add(table, "e", LIFECYCLE, Figure.MESSAGES_PER_SECOND, Figure.LOAD_P99);
    add(table, "queue", LIFECYCLE, Figure.MESSAGES_PER_SECOND);
    add(table, "queue", Workloads.HARNESS, Figure.MESSAGES_PER_SECOND);
    save("table", table);

    assertThat(page()).containsOnlyOnce("without the loads").contains("queue cannot load");
  }

  @Test
  void anEngineIsDescribedAsTheTableHasIt() throws IOException {
    save("a", results("growth", "ext4"));
    save("b", results("table", "ext4"));

    assertThat(page()).contains("as a table").doesNotContain("as a growth");
  }

  @Test
  void wordsOfEnginesFactsAndFailuresDoNotBreakTheTables() throws IOException {
    Results table = results("table", "ext4|*b*");
    table.describe("a|b", new EngineFacts("x|y\nz", "1", List.of()));
    add(table, "a|b", LIFECYCLE, Figure.MESSAGES_PER_SECOND);
    table.add(new Sample("a|b", LIFECYCLE, 2, Map.of(), "one `two`\nthree"));
    save("table", table);

    assertThat(page())
        .contains("| a\\|b | 1 | x\\|y z |")
        .contains("- file system: ext4\\|\\*b\\*")
        .contains("a\\|b failed in repetition 2: `one 'two' three`");
  }

  @Test
  void aFileOfSomebodyElseIsNamed() throws IOException {
    for (String foreign :
        List.of("{}", "{\"facts\": 1}", "[1]", "[{\"a\": 1}]", "7", "no JSON", "")) {
      Path file = Files.writeString(directory.resolve("package.json"), foreign);

      assertThatThrownBy(this::sources)
          .as(foreign)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString());
      assertThatThrownBy(() -> Sources.results(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString());
    }
  }
}
