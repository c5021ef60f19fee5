package dev.spool.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A good verdict takes kills, acknowledgements, and a spool that goes on. */
class VerdictTest {

  private static Verdict verdict(
      long kills, long acknowledged, long violations, String... refusals) {
    Map<String, Long> counted = new TreeMap<>();
    List.of(refusals).forEach(name -> counted.merge(name, 1L, Long::sum));
    return new Verdict(
        kills, Map.of(), acknowledged, 10, 10, 10, counted, violations, List.of(), null);
  }

  @Test
  void whatHasKeptItsPromisesIsGood() {
    assertThat(verdict(1, 1, 0).isGood()).isTrue();
    assertThat(verdict(1, 1, 0, "SpoolClosedException", "BackpressureTimeoutException").isGood())
        .isTrue();
  }

  @Test
  void whatHasShownNothingOrBrokenOneIsNot() {
    assertThat(verdict(0, 1, 0).isGood()).isFalse();
    assertThat(verdict(1, 0, 0).isGood()).isFalse();
    assertThat(verdict(1, 1, 1).isGood()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"SpoolFullException", "SpoolUnhealthyException"})
  void norIsWhatHasRefusedStores(String refusal) {
    Verdict verdict = verdict(5, 1000, 0, "SpoolClosedException", refusal);
    assertThat(verdict.isGood()).isFalse();
    assertThat(verdict.hasShed()).isTrue();
  }
}
