package dev.spool.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import dev.spool.bench.workload.Pace;
import dev.spool.bench.workload.Workload;
import dev.spool.bench.workload.Workloads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every workload runs on every store that suits it, so that the bench cannot rot. With {@code
 * -Dspool.again=true}, on another JDK, only on those that a profile adds.
 */
class SmokeTest {
  private static final Pace PACE = new Pace(Duration.ofMillis(20), Duration.ofMillis(50));

  /** Each shape of row but the cold one, which takes root and the whole machine's page cache. */
  private static final List<Case> ROWS =
      List.of(
          new Case("W1", 4 << 10, 1, 0, false),
          new Case("W1", 64 << 10, 16, 0, false),
          new Case("W2", 4 << 10, 16, 0, false),
          new Case("W3", 4 << 10, 16, 0, false),
          new Case("W4", 4 << 10, 0, 300, false),
          new Case("W5", 4 << 10, 16, 300, false),
          new Case("W6", 0, 8, 0, false));

  @TempDir Path directory;

  static List<Arguments> rows() {
    List<Arguments> all = new ArrayList<>();
    boolean again = Boolean.getBoolean("spool.again");
    for (EngineType type : again ? Engines.ofProfiles() : Engines.all()) {
      for (Case row : ROWS) {
        if (Workloads.of(row).suits(type)) {
          all.add(Arguments.of(type.name(), row));
        }
      }
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("rows")
  void aRowOfTheTableIsMeasured(String name, Case row) throws Exception {
    EngineType type = Engines.named(name);
    Opened.prepare(type);
    EngineType small = Opened.small(type);
    Workload workload = Workloads.of(row);
    Place place = new Place(directory, 16 << 20, 1 << 16);
    if (workload.prepares(row)) {
      workload.prepare(row, small, place);
    }
    Map<Figure, Double> figures = workload.measure(row, small, place, PACE);
    assertThat(figures).containsKeys(Figure.OPEN_TIME, Figure.DISK_USED, Figure.PEAK_MEMORY);
    assertThat(figures.get(Figure.MESSAGES_PER_SECOND)).isNotNegative();
  }
}
