package dev.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeadlineTest {

  @Test
  void zeroAndNegativeTimeoutsHaveExpired() {
    for (Duration timeout :
        new Duration[] {Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE)}) {
      Deadline deadline = Deadline.after(timeout);
      assertThat(deadline.isExpired()).isTrue();
      assertThat(deadline.remaining()).isZero();
    }
  }

  @Test
  void distantDeadlineHasNotExpired() {
    Deadline deadline = Deadline.after(Duration.ofHours(1));
    assertThat(deadline.isExpired()).isFalse();
    assertThat(deadline.remaining()).isPositive().isLessThanOrEqualTo(Duration.ofHours(1));
  }

  @Test
  void furthestDeadlineDoesNotOverflow() {
    Deadline furthest = Deadline.after(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999));
    assertThat(furthest.isExpired()).isFalse();
    assertThat(furthest.remaining()).isGreaterThan(Duration.ofDays(50_000));
    Deadline past = Deadline.after(Duration.ofSeconds(Long.MIN_VALUE));
    assertThat(furthest.min(past)).isSameAs(past);
    assertThat(past.min(furthest)).isSameAs(past);
  }

  @Test
  void earlierOfTwo() {
    Deadline soon = Deadline.after(Duration.ofMinutes(1));
    Deadline late = Deadline.after(Duration.ofMinutes(2));
    assertThat(soon.min(late)).isSameAs(soon);
    assertThat(late.min(soon)).isSameAs(soon);
    assertThat(soon.min(soon)).isSameAs(soon);
  }

  @Test
  void expiresAsTimeGoesOn() {
    Deadline deadline = Deadline.after(Duration.ofMillis(1));
    while (!deadline.isExpired()) {
      Thread.onSpinWait();
    }
    assertThat(deadline.remaining()).isZero();
  }

  @Test
  @SuppressWarnings("DataFlowIssue")
  void nullIsRefused() {
    assertThatNullPointerException().isThrownBy(() -> Deadline.after(null));
    assertThatNullPointerException().isThrownBy(() -> Deadline.after(Duration.ZERO).min(null));
  }
}
