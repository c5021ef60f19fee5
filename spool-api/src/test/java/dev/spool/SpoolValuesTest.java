package dev.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpoolValuesTest {
  private static final SpoolId ID = SpoolId.random();

  @Test
  void itemsAreEqualByContent() {
    SpoolEntry.Item item = new SpoolEntry.Item(ID, new byte[] {1, 2});
    assertThat(item)
        .isEqualTo(new SpoolEntry.Item(ID, new byte[] {1, 2}))
        .hasSameHashCodeAs(new SpoolEntry.Item(ID, new byte[] {1, 2}))
        .isNotEqualTo(new SpoolEntry.Item(ID, new byte[] {1, 3}))
        .isNotEqualTo(new SpoolEntry.Item(SpoolId.random(), new byte[] {1, 2}));
  }

  @Test
  void itemsDoNotShowTheirBytes() {
    byte[] secret = "secret".getBytes(StandardCharsets.US_ASCII);
    assertThat(new SpoolEntry.Item(ID, secret).toString())
        .contains(ID.toString())
        .contains("6")
        .doesNotContain("secret")
        .doesNotContain("115");
  }

  @Test
  @SuppressWarnings("DataFlowIssue")
  void nullIsRefused() {
    Instant now = Instant.EPOCH;
    assertThatNullPointerException().isThrownBy(() -> new SpoolEntry.Item(null, new byte[0]));
    assertThatNullPointerException().isThrownBy(() -> new SpoolEntry.Item(ID, null));
    assertThatNullPointerException().isThrownBy(() -> new SpoolEntry.Listed(null, 1));
    assertThatNullPointerException().isThrownBy(() -> new SpoolEntry.Corrupt(ID, null, "e"));
    assertThatNullPointerException().isThrownBy(() -> new SpoolEntry.Corrupt(ID, "l", null));
    assertThatNullPointerException().isThrownBy(() -> new ScanReport(0, 0, 0, null));
    assertThatNullPointerException().isThrownBy(() -> new CleanupReport(0, 0, null));
    assertThatNullPointerException().isThrownBy(() -> new CompactionReport(0, 0, 0, 0, null));
    assertThatNullPointerException().isThrownBy(() -> new SpoolHealth(null, null, null, now));
    assertThatNullPointerException()
        .isThrownBy(() -> new SpoolHealth(SpoolHealth.State.HEALTHY, null, null, null));
    assertThat(new SpoolEntry.Corrupt(null, "l", "e").id()).isNull();
  }

  @Test
  void statsAreACopyAndFindFiguresByName() {
    List<SpoolStats.Figure> figures = new ArrayList<>();
    figures.add(new SpoolStats.Figure("loads", SpoolStats.Kind.COUNTER, "", 7, "Loads."));
    SpoolStats stats = new SpoolStats("name", "toy", figures);
    figures.clear();
    assertThat(stats.value("loads")).hasValue(7);
    assertThat(stats.value("stores")).isEmpty();
  }

  @Test
  void noCompactionIsAllZeros() {
    assertThat(CompactionReport.NONE).isEqualTo(new CompactionReport(0, 0, 0, 0, Duration.ZERO));
  }
}
