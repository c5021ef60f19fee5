package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class ShutdownTest {
  private final SpoolException prepared =
      new SpoolException("not in time", "not in time", Outcome.UNKNOWN, null);

  /** Whoever waits for the end is told in time that it has not come, if not what is left. */
  @Test
  void whatIsLeftIsNotTriedToBeToldForEver() {
    SpoolException told =
        Shutdown.tried(
            3,
            () -> {
              throw new OutOfMemoryError("expected by the test");
            },
            prepared);
    assertThat(told).isSameAs(prepared);
  }

  @Test
  void whatIsLeftIsToldWhenThereIsMemoryAgain() {
    SpoolException late = new SpoolException("late", "late", Outcome.UNKNOWN, null);
    int[] tries = new int[1];
    SpoolException told =
        Shutdown.tried(
            4,
            () -> {
              if (tries[0]++ < 3) {
                throw new InternalError(new OutOfMemoryError("expected by the test"));
              }
              return late;
            },
            prepared);
    assertThat(told).isSameAs(late);
  }
}
