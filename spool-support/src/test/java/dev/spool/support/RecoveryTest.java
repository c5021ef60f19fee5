package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecoveryTest {
  private final ScriptedEngine engine = new ScriptedEngine();
  private final ScheduledThreadPoolExecutor thread = new SpoolThreads("test").timer("recovery");

  /** Done once, by the recovery thread, when it looks at the time to take the token of a probe. */
  private final AtomicReference<Runnable> whenTakingTheToken = new AtomicReference<>(() -> {});

  private final HealthLatch health =
      new HealthLatch(
          "test",
          new HealthLatch.Settings(Duration.ZERO, Duration.ZERO, true, true),
          InstantSource.system(),
          () -> {
            if (Thread.currentThread().getName().endsWith("recovery")) {
              whenTakingTheToken.getAndSet(() -> {}).run();
            }
            return 0;
          });

  private final Recovery recovery = new Recovery("test", thread, health, step -> step.run(engine));

  @AfterEach
  void stopThread() {
    thread.shutdown();
  }

  private void fail() {
    recovery.start();
    health.fatal("the disk is broken", new IOException("expected by the test"));
  }

  @Test
  void anErrorAtTheBeginningOfAProbeIsRecoveredFromFirst() throws InterruptedException {
    recovery.opened();
    health.fatal("the disk is broken", new IOException("expected by the test"));
    whenTakingTheToken.set(this::fail);
    recovery.tick();
    assertThat(engine.recoveries.tryAcquire(1, 30, TimeUnit.SECONDS)).isTrue();
    assertThat(engine.probes.availablePermits()).isZero();
    assertThat(health.unhealthyReason()).isNotNull();
  }

  @Test
  void anErrorDuringARecoveryAsksForAnother() throws InterruptedException {
    recovery.opened();
    CountDownLatch first = new CountDownLatch(1);
    engine.whenRecovering =
        () -> {
          if (first.getCount() > 0) {
            first.countDown();
            fail();
          }
        };
    fail();
    assertThat(engine.recoveries.tryAcquire(2, 30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void nothingIsRecoveredBeforeThereIsAnEngine() throws InterruptedException {
    fail();
    assertThat(thread.getQueue()).isEmpty();
    assertThat(thread.getPoolSize()).isZero();
    recovery.opened();
    assertThat(engine.recoveries.tryAcquire(1, 30, TimeUnit.SECONDS)).isTrue();
  }
}
