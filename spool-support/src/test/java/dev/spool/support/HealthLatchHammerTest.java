package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolHealth.State;
import dev.spool.SpoolUnhealthyException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

/** The latch under many threads at once. */
class HealthLatchHammerTest {
  private static final int ROUNDS = 3_000;
  private static final Duration QUIET = Duration.ofMinutes(5);

  private final IOException eio = new IOException("Input/output error");
  private final ManualTime time = new ManualTime();
  private final LogLines log = new LogLines();
  private final HealthLatch latch =
      new HealthLatch("test", HealthLatch.Settings.defaults(), time, time, log);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicBoolean done = new AtomicBoolean();

  @AfterEach
  void stopThreads() throws InterruptedException {
    done.set(true);
    threads.shutdown();
    assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
  }

  private Future<?> untilDone(Runnable step) {
    return threads.submit(
        () -> {
          while (!done.get()) {
            step.run();
          }
        });
  }

  /** The round is odd while a fatal error is latched for certain. */
  @Test
  void noReaderSeesAHealthySpoolWhileAFatalErrorIsLatched() throws Exception {
    AtomicLong round = new AtomicLong();
    List<Future<?>> others = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      others.add(
          untilDone(
              () -> {
                long before = round.get();
                String reason = latch.unhealthyReason();
                State state = latch.health().state();
                boolean refused = latch.refusal() != null;
                if ((before & 1) == 1 && round.get() == before) {
                  assertThat(reason).isSameAs(SpoolUnhealthyException.REASON);
                  assertThat(state).isEqualTo(State.SHEDDING);
                  assertThat(refused).isTrue();
                }
              }));
    }
    others.add(untilDone(() -> latch.probeSucceeded(latch.probeToken())));
    others.add(
        untilDone(
            () -> {
              latch.spaceLow("low");
              latch.suspect("timeout", null);
              latch.degraded("k", "notice");
              latch.spaceOk();
              latch.suspectCleared();
              latch.degradedCleared("k");
              latch.tick();
            }));

    for (int i = 0; i < ROUNDS; i++) {
      latch.fatal("round " + i, eio);
      round.incrementAndGet();
      Thread.onSpinWait();
      round.incrementAndGet();
      time.pass(QUIET);
      latch.probeSucceeded(latch.probeToken());
    }
    done.set(true);
    for (Future<?> other : others) {
      other.get(1, TimeUnit.MINUTES);
    }
    assertThat(latch.counters().fatalLatches()).isPositive();
  }

  @Test
  void anErrorThatRacesWithTheSuccessOfAProbeAlwaysEndsLatched() throws Exception {
    CyclicBarrier barrier = new CyclicBarrier(2);
    Future<?> prober =
        threads.submit(
            () -> {
              for (int i = 0; i < ROUNDS; i++) {
                barrier.await(1, TimeUnit.MINUTES);
                latch.probeSucceeded(latch.probeToken());
                barrier.await(1, TimeUnit.MINUTES);
              }
              return null;
            });
    latch.fatal("first", eio);
    for (int i = 0; i < ROUNDS; i++) {
      time.pass(QUIET);
      barrier.await(1, TimeUnit.MINUTES);
      latch.fatal("racing", eio);
      assertThat(latch.unhealthyReason()).isNotNull();
      barrier.await(1, TimeUnit.MINUTES);
      assertThat(latch.unhealthyReason()).isSameAs(SpoolUnhealthyException.REASON);
      assertThat(latch.health().state()).isEqualTo(State.SHEDDING);
    }
    prober.get(1, TimeUnit.MINUTES);
  }

  @Test
  void manyThreadsThatMeetTheSameErrorLogItOnce() throws Exception {
    int reporters = 4;
    CyclicBarrier barrier = new CyclicBarrier(reporters + 1);
    List<Future<?>> others = new ArrayList<>();
    for (int i = 0; i < reporters; i++) {
      others.add(
          threads.submit(
              () -> {
                for (int round = 0; round < 500; round++) {
                  barrier.await(1, TimeUnit.MINUTES);
                  latch.fatal("broken", eio);
                  latch.spaceLow("low");
                  barrier.await(1, TimeUnit.MINUTES);
                }
                return null;
              }));
    }
    for (int round = 1; round <= 500; round++) {
      barrier.await(1, TimeUnit.MINUTES);
      barrier.await(1, TimeUnit.MINUTES);
      assertThat(log.take())
          .extracting(LogLines.Line::level)
          .containsExactly(Level.WARN, Level.WARN);
      time.pass(QUIET);
      latch.spaceOk();
      assertThat(latch.probeSucceeded(latch.probeToken())).isTrue();
      assertThat(log.take()).extracting(LogLines.Line::level).containsExactly(Level.INFO);
      assertThat(latch.unhealthyReason()).isNull();
      assertThat(latch.counters().fatalLatches()).isEqualTo(round);
    }
    for (Future<?> other : others) {
      other.get(1, TimeUnit.MINUTES);
    }
  }
}
