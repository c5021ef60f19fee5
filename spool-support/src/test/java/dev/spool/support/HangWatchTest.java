package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolHealth.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class HangWatchTest {
  private final ManualTime time = new ManualTime();
  private final LogLines log = new LogLines();
  private final HealthLatch latch =
      new HealthLatch("test", HealthLatch.Settings.defaults(), time, time, log);
  private final HangWatch watch = new HangWatch("disk probe", latch, Duration.ofSeconds(30), time);

  private void assertState(State state) {
    watch.tick();
    assertThat(latch.health().state()).isEqualTo(state);
  }

  @Test
  void aCallThatDoesNotReturnDegradesUntilItDoes() {
    watch.calling();
    time.seconds(29.999);
    assertState(State.HEALTHY);
    time.seconds(0.001);
    assertState(State.DEGRADED);
    assertThat(latch.health().reason()).isEqualTo("disk probe stuck for more than 30 s");
    assertThat(latch.unhealthyReason()).as("stores go on").isNull();
    time.seconds(1000);
    assertState(State.DEGRADED);
    assertThat(log.take()).hasSize(1);
    watch.returned();
    assertState(State.HEALTHY);
    assertThat(log.take()).hasSize(1);
  }

  @Test
  void timeBetweenCallsDoesNotCount() {
    for (int i = 0; i < 10; i++) {
      watch.calling();
      time.seconds(20);
      assertState(State.HEALTHY);
      watch.returned();
      time.seconds(100);
      assertState(State.HEALTHY);
    }
    assertThat(log.take()).isEmpty();
  }

  @Test
  void aCallThatReturnsJustWhenItIsFoundStuckLeavesNoNoticeBehind() {
    List<HangWatch> self = new ArrayList<>();
    AtomicBoolean returning = new AtomicBoolean();
    LongSupplier returnsMeanwhile =
        () -> {
          if (returning.getAndSet(false)) {
            self.get(0).returned();
          }
          return time.getAsLong();
        };
    HangWatch racing = new HangWatch("disk probe", latch, Duration.ofSeconds(30), returnsMeanwhile);
    self.add(racing);
    racing.calling();
    time.seconds(30);
    returning.set(true);
    racing.tick();
    assertThat(latch.health().state()).isEqualTo(State.HEALTHY);
  }
}
