package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolHealth.State;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
  void aCallThatReturnsJustWhenItIsFoundStuckLeavesNoNoticeBehind() throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    AtomicBoolean done = new AtomicBoolean();
    try {
      Future<?> timer =
          thread.submit(
              () -> {
                while (!done.get()) {
                  watch.tick();
                }
              });
      for (int i = 0; i < 5_000; i++) {
        watch.calling();
        time.seconds(30);
        watch.returned();
      }
      done.set(true);
      timer.get(1, TimeUnit.MINUTES);
    } finally {
      done.set(true);
      thread.shutdownNow();
    }
    assertThat(latch.health().state()).isEqualTo(State.HEALTHY);
  }
}
