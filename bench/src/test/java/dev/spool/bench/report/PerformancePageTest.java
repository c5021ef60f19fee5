package dev.spool.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The committed page is what the committed results say. */
class PerformancePageTest {
  private static final Path ROOT = root();

  private static Path root() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.exists(directory.resolve("spool-bom"))) {
      directory = directory.getParent();
    }
    return directory;
  }

  @Test
  void thePageIsMadeOfTheCommittedResults() throws IOException {
    Path page = ROOT.resolve("docs/performance.md");
    assumeThat(page).as("bench/report makes it").exists();
    Sources sources = Sources.of(List.of(ROOT.resolve("bench/results")));
    Charts charts = Charts.of(sources);

    assertThat(page)
        .as("run bench/report")
        .content()
        .isEqualTo(new Page("bench/report", "performance", sources, charts).text());
    for (String plot : charts.names()) {
      assertThat(ROOT.resolve("docs/performance/" + plot + ".svg")).isNotEmptyFile();
    }
  }
}
