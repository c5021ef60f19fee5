package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolFullException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

/**
 * A spool that stores until the guard stops it, and is drained one removal at a time, as the owner
 * of a latch does it: only stores ask for a refusal.
 */
class DrainingFullSpoolTest {
  private static final long TOTAL = 1_000_000;
  private static final long MESSAGE = 1_000;
  private static final long THRESHOLD = TOTAL / 10;
  private static final long MARK = THRESHOLD + THRESHOLD / 5;

  private final ManualTime time = new ManualTime();
  private final LogLines log = new LogLines();
  private final HealthLatch latch =
      new HealthLatch("in", HealthLatch.Settings.defaults(), time, time, log);
  private final Deque<Long> messages = new ArrayDeque<>();
  private final SpaceWatch watch =
      new SpaceWatch(
          () -> new DiskSpace(TOTAL, free(), 0, 0),
          SpaceGuard.defaults(),
          latch,
          Duration.ofSeconds(10),
          Runnable::run,
          time);

  private long free() {
    return TOTAL - messages.stream().mapToLong(Long::longValue).sum();
  }

  /** What timer and maintenance do within an interval. */
  private void interval() {
    time.pass(Duration.ofSeconds(10));
    latch.tick();
    watch.tick();
    if (latch.wantsProbe()) {
      assertThat(latch.probeSucceeded(latch.probeToken())).isTrue();
    }
  }

  @Test
  void storesStopAtTheThresholdAndComeBackAtTheMark() {
    while (latch.refusal() == null) {
      messages.add(MESSAGE);
      interval();
    }
    assertThat(free()).isEqualTo(THRESHOLD - MESSAGE);
    assertThat(latch.refusal()).isExactlyInstanceOf(SpoolFullException.class);

    while (latch.refusal() != null) {
      assertThat(messages).isNotEmpty();
      messages.remove();
      interval();
    }
    assertThat(free()).isEqualTo(MARK);
    assertThat(latch.unhealthyReason()).isNull();
    assertThat(log.take()).as("full, and room again").hasSize(2);
  }
}
