package dev.spool.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.Engines;
import dev.spool.bench.engine.JvmNeeds;
import dev.spool.bench.result.Sample;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import dev.spool.bench.workload.Pace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Stores that need something of their JVM get it. */
class RowRunnerTest {
  @TempDir Path directory;

  static List<String> needy() {
    return Engines.all().stream()
        .filter(type -> type.needs() != JvmNeeds.NOTHING && !type.name().equals("artemis-50us"))
        .map(EngineType::name)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("needy")
  void aRowRunsInAJvmOfItsOwn(String name) throws Exception {
    assumeThat(Engines.named(name).needs().missing()).as(name).isNull();
    Case row = new Case("W3", 4 << 10, 16, 0, false);
    Sample sample;
    try (WorkDirectory work = WorkDirectory.in(directory)) {
      RowRunner runner =
          new RowRunner(
              work, new Pace(Duration.ZERO, Duration.ofMillis(100)), new Jvm("512m", List.of()));
      sample = runner.run(name, List.of(row), 1).get(0);
    }
    assertThat(sample.failure()).isNull();
    assertThat(sample.figures()).containsKey(Figure.MESSAGES_PER_SECOND);
    assertThat(directory).isEmptyDirectory();
  }
}
