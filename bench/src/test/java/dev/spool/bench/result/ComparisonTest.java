package dev.spool.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.bench.engine.Engines;
import dev.spool.bench.result.Comparison.Line;
import dev.spool.bench.result.Comparison.Missing;
import dev.spool.bench.result.Comparison.Verdict;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final int ROWS = 500;

  private static Case row(int number) {
    return new Case("W1", 4096, number, 0, false);
  }

  private static Results results() {
    return new Results(Map.of());
  }

  private static void add(Results results, String engine, Case row, Figure figure, double... of) {
    for (int i = 0; i < of.length; i++) {
      results.add(new Sample(engine, row, i + 1, Map.of(figure, of[i]), null));
    }
  }

  private static List<Verdict> verdicts(Results before, Results after) {
    return Comparison.of(before, after, true).stream().map(Line::verdict).toList();
  }

  private static Verdict verdict(Figure figure, double[] before, double[] after) {
    Results was = results();
    Results is = results();
    add(was, "e", row(1), figure, before);
    add(is, "e", row(1), figure, after);
    return verdicts(was, is).get(0);
  }

  @Test
  void chanceAloneHardlyEverGivesAVerdict() {
    Random random = new Random(7);
    Results before = results();
    Results after = results();
    for (int i = 0; i < ROWS; i++) {
      add(before, "e", row(i), Figure.P99, noise(random), noise(random), noise(random));
      add(after, "e", row(i), Figure.P99, noise(random), noise(random), noise(random));
    }

    long verdicts = verdicts(before, after).stream().filter(v -> v != Verdict.NOISE).count();

    assertThat(verdicts).isLessThan(ROWS / 100);
  }

  private static double noise(Random random) {
    return 100 + 10 * random.nextGaussian();
  }

  @Test
  void lessOfWhatShouldBeMoreIsWorseAndLessOfWhatShouldBeLessIsBetter() {
    double[] more = {100, 101, 102};
    double[] less = {50, 51, 52};

    assertThat(verdict(Figure.MESSAGES_PER_SECOND, more, less)).isEqualTo(Verdict.WORSE);
    assertThat(verdict(Figure.MESSAGES_PER_SECOND, less, more)).isEqualTo(Verdict.BETTER);
    assertThat(verdict(Figure.P99, more, less)).isEqualTo(Verdict.BETTER);
    assertThat(verdict(Figure.DEVICE_BYTES, less, more)).isEqualTo(Verdict.WORSE);
  }

  @Test
  void repetitionsThatOverlapAndAFewPerCentAreNoise() {
    assertThat(verdict(Figure.P50, new double[] {100, 101, 150}, new double[] {149, 201, 202}))
        .isEqualTo(Verdict.NOISE);
    assertThat(verdict(Figure.P50, new double[] {100, 100, 100}, new double[] {104, 104, 104}))
        .isEqualTo(Verdict.NOISE);
  }

  @Test
  void whatIsTooFewOrNeverJudgedIsNotCalledNoise() {
    assertThat(verdict(Figure.P50, new double[] {100, 101}, new double[] {200, 201}))
        .isEqualTo(Verdict.NOT_JUDGED);
    assertThat(verdict(Figure.MAX, new double[] {1, 1, 1}, new double[] {9, 9, 9}))
        .isEqualTo(Verdict.NOT_JUDGED);
  }

  @Test
  void whatFailsOrIsNotMeasuredAfterwardsIsMissing() {
    Results before = results();
    Results after = results();
    for (String engine : List.of("same", "crashes", "crashesOnce", "gone", "everBroken")) {
      add(before, engine, row(1), Figure.P50, 1, 1, 1);
      add(after, engine, row(1), Figure.P50, 1, 1, 1);
    }
    add(before, "gone", row(2), Figure.P50, 1, 1, 1);
    for (int repetition = 1; repetition <= 3; repetition++) {
      before.add(failed("everBroken", repetition));
      after.add(failed("everBroken", repetition));
      after.add(failed("crashes", repetition));
    }
    after.add(failed("crashesOnce", 2));

    assertThat(Comparison.missing(before, before)).isEmpty();
    assertThat(Comparison.missing(before, after))
        .containsExactly(
            new Missing(row(1), "crashes", "3 of 3 failed: exit 139"),
            new Missing(row(1), "crashesOnce", "1 of 3 failed: exit 139"),
            new Missing(row(2), "gone", "not measured"));
  }

  private static Sample failed(String engine, int repetition) {
    return new Sample(engine, row(1), repetition, Map.of(), "exit 139");
  }

  @Test
  void timesThatTheLimitHasNotAreJudgedAsTheyAreOnlyIfThatIsAskedFor() {
    for (Figure figure : List.of(Figure.OPEN_TIME, Figure.FIRST_ENTRY)) {
      Results before = results();
      Results after = results();
      add(before, "e", row(1), figure, 100, 101, 102);
      add(after, "e", row(1), figure, 140, 141, 142);

      assertThat(verdicts(before, after)).containsOnly(Verdict.NOT_JUDGED);
      assertThat(Comparison.of(before, after, false))
          .extracting(Line::verdict)
          .containsOnly(Verdict.WORSE);
    }
  }

  @Test
  void aMachineThatBecameSlowerAsAWholeGivesNoVerdict() {
    slowed(Figure.MESSAGES_PER_SECOND);
    slowed(Figure.LOAD_P99);
    slowed(Figure.REMOVE_P99);
  }

  private static void slowed(Figure figure) {
    Results before = results();
    Results after = results();
    add(before, Engines.LIMIT, row(1), figure, 1000, 1010, 990);
    add(before, "e", row(1), figure, 500, 505, 495);
    add(after, Engines.LIMIT, row(1), figure, 700, 707, 693);
    add(after, "e", row(1), figure, 350, 353, 347);

    assertThat(verdicts(before, after)).containsOnly(Verdict.NOISE);
    assertThat(Comparison.of(before, after, false))
        .extracting(Line::verdict)
        .containsOnly(figure.moreIsBetter() ? Verdict.WORSE : Verdict.BETTER);
  }
}
