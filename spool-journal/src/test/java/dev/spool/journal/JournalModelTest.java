package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.testkit.Stress;
import org.junit.jupiter.api.Test;

/**
 * What was acknowledged at its level is there after any sequence of calls and crashes. {@code
 * -Dspool.model.seed=N} runs one seed, {@code -Dspool.model.runs=N} more of them.
 */
class JournalModelTest {
  private static final int STEPS = 300;

  @Test
  void whatWasAcknowledgedSurvivesWhateverHappens() {
    Long seed = Long.getLong("spool.model.seed");
    if (seed != null) {
      run(seed, STEPS);
      return;
    }
    long first = Stress.seed() * 1_000_003;
    long crashes = 0;
    for (long i = 0; i < Long.getLong("spool.model.runs", 2000); i++) {
      crashes += run(first + i, STEPS);
    }
    assertThat(crashes).isPositive();
  }

  private static long run(long seed, int steps) {
    JournalModel model = new JournalModel(seed, new Rules());
    try {
      model.run(steps);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ": " + e + "\n" + model.history(), e);
    }
    return model.crashes();
  }
}
