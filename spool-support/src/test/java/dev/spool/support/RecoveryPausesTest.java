package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A disk that stays broken is tried less and less often, though never given up; and one that breaks
 * anew is tried at once. All of it on this thread, and in time that passes when the test says so.
 */
class RecoveryPausesTest {
  private static final Duration TICK = Duration.ofMillis(1);

  /** Twice as long as any pause is. */
  private static final int NEVER = 60_000;

  private final ManualTime time = new ManualTime();
  private int attempts;
  private boolean fails;
  private boolean breaksMeanwhile;

  private final Recovery recovery =
      new Recovery(
          "test",
          Runnable::run,
          new HealthLatch(
              "test",
              new HealthLatch.Settings(Duration.ZERO, Duration.ZERO, true, true),
              time,
              time),
          step -> attempt(),
          time);

  private void attempt() throws IOException {
    attempts++;
    if (breaksMeanwhile) {
      recovery.start();
    }
    if (fails) {
      throw new IOException("expected by the test");
    }
  }

  /** Lets time pass until the next attempt; returns the milliseconds. */
  private int pause() {
    int before = attempts;
    for (int millis = 1; millis <= NEVER; millis++) {
      time.pass(TICK);
      recovery.tick();
      if (attempts > before) {
        assertThat(attempts).as("one at a time").isEqualTo(before + 1);
        return millis;
      }
    }
    return NEVER;
  }

  private List<Integer> pauses(int number) {
    List<Integer> pauses = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      pauses.add(pause());
    }
    return pauses;
  }

  private void isTriedAtOnce() {
    int before = attempts;
    recovery.start();
    assertThat(attempts).isEqualTo(before + 1);
  }

  @Test
  void pausesGrowAndAreBounded() {
    recovery.opened();
    fails = true;
    isTriedAtOnce();
    assertThat(pauses(12))
        .containsExactly(
            100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000);
  }

  /** It has come back, and is broken again: no success. */
  @Test
  void pausesGrowWhenItBreaksDuringARecovery() {
    recovery.opened();
    breaksMeanwhile = true;
    isTriedAtOnce();
    assertThat(pauses(4)).containsExactly(100, 200, 400, 800);

    breaksMeanwhile = false;
    assertThat(pause()).isEqualTo(1600);
    assertThat(pause()).as("there is nothing to recover from").isEqualTo(NEVER);
  }

  @Test
  void whoeverAsksMeanwhileShortensNoPause() {
    recovery.opened();
    fails = true;
    isTriedAtOnce();
    time.pass(Duration.ofMillis(99));
    recovery.start();
    recovery.tick();
    assertThat(attempts).isEqualTo(1);
    assertThat(pause()).isEqualTo(1);
  }
}
