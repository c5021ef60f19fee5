package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecoveryTest {
  private final ScriptedEngine engine = new ScriptedEngine();

  /** Has no memory for so many tasks. */
  private final AtomicInteger noMemory = new AtomicInteger();

  private final Workers thread = new SpoolThreads("test").single("recovery");

  /** Whether something was handed over. */
  private final AtomicBoolean asked = new AtomicBoolean();

  private void execute(Runnable work) {
    asked.set(true);
    if (noMemory.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw new OutOfMemoryError("expected by the test");
    }
    thread.execute(work);
  }

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

  private final Recovery recovery =
      new Recovery("test", this::execute, health, step -> step.run(engine), System::nanoTime);

  @AfterEach
  void stopThread() {
    thread.end();
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
    tickUntil(engine.recoveries);
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
    tickUntil(engine.recoveries);
    tickUntil(engine.recoveries);
  }

  @Test
  void nothingIsRecoveredBeforeThereIsAnEngine() throws InterruptedException {
    fail();
    recovery.tick();
    assertThat(asked).isFalse();
    recovery.opened();
    assertThat(engine.recoveries.tryAcquire(1, 30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aProbeForWhichThereIsNoMemoryIsMadeLater() throws InterruptedException {
    recovery.opened();
    health.fatal("the disk is broken", new IOException("expected by the test"));
    noMemory.set(1);
    tickUntil(engine.probes);
  }

  @Test
  void aRecoveryForWhichThereIsNoMemoryIsMadeLater() throws InterruptedException {
    recovery.opened();
    noMemory.set(1);
    fail();
    tickUntil(engine.recoveries);
  }

  @Test
  void anotherRecoveryForWhichThereIsNoMemoryIsMadeLater() throws InterruptedException {
    recovery.opened();
    AtomicBoolean first = new AtomicBoolean(true);
    engine.whenRecovering =
        () -> {
          if (first.getAndSet(false)) {
            noMemory.set(1);
            throw new IllegalStateException("expected by the test");
          }
        };
    fail();
    assertThat(engine.recoveries.tryAcquire(1, 30, TimeUnit.SECONDS)).isTrue();
    tickUntil(engine.recoveries);
  }

  @Test
  @SuppressWarnings("OverrideThrowableToString") // that is what logs call
  void aTimerGoesOnThoughItsFailureCannotBeTold() {
    Runnable careful =
        Timers.goingOn(
            "test",
            () -> {
              throw new Untold();
            });
    boolean ended = false;
    try {
      careful.run();
      ended = true;
    } catch (Untold e) {
      // To be told by the assertion: a test engine ends with such an error.
    }
    assertThat(ended).isTrue();
  }

  /** Fails whoever would tell it. */
  @SuppressWarnings("OverrideThrowableToString") // it fails when its whole is asked for
  private static final class Untold extends OutOfMemoryError {
    private static final long serialVersionUID = 1;

    @Override
    public String toString() {
      throw this;
    }
  }

  private void tickUntil(Semaphore done) throws InterruptedException {
    boolean is = false;
    for (int i = 0; i < 600 && !is; i++) {
      recovery.tick();
      is = done.tryAcquire(1, 50, TimeUnit.MILLISECONDS);
    }
    assertThat(is).isTrue();
  }

  @Test
  void partOfTheTimersWorkThatFailsKeepsNoOtherFromBeingDone() {
    AtomicInteger done = new AtomicInteger();
    Runnable bad =
        () -> {
          throw new IllegalStateException("expected by the test");
        };
    Timers.goingOn("test", done::incrementAndGet, bad, done::incrementAndGet, bad).run();
    assertThat(done).hasValue(2);
  }

  /** What fails behind it would be healed by an opening that is not to be. */
  @Test
  void nothingIsOpenedAgainAfterAFailedSyncThatLastsUntilRestart() {
    HealthLatch latch =
        new HealthLatch(
            "test",
            new HealthLatch.Settings(Duration.ZERO, Duration.ZERO, true, false),
            InstantSource.system(),
            System::nanoTime);
    Recovery recovery =
        new Recovery("test", Runnable::run, latch, step -> step.run(engine), System::nanoTime);
    recovery.opened();
    latch.syncFailed("cannot sync", new IOException("expected by the test"));
    recovery.start(); // another call found it broken, and says so
    latch.fatal("it is broken", new IOException("expected by the test"));
    recovery.tick();
    assertThat(engine.recoveries.availablePermits()).isZero();
  }

  private static final Duration TICK = Duration.ofMillis(1);

  /** What it has opened again may break with the first write, again and again. */
  @Test
  void recoveriesThatSucceedAreNoMoreFrequentThanOthersUntilAProbeHasSucceeded() {
    ManualTime time = new ManualTime();
    HealthLatch latch =
        new HealthLatch(
            "test",
            new HealthLatch.Settings(Duration.ZERO, Duration.ofMinutes(5), true, true),
            time,
            time);
    Recovery paced = new Recovery("test", Runnable::run, latch, step -> step.run(engine), time);
    paced.opened();
    for (int i = 0; i < 5; i++) {
      latch.fatal("the disk is broken", new IOException("expected by the test"));
      paced.start();
      assertThat(engine.recoveries.availablePermits()).as("the first is at once").isEqualTo(i + 1);
      long pause = 100L << i;
      for (int millis = 1; millis < pause; millis++) {
        time.pass(TICK);
        paced.start();
        paced.tick();
      }
      assertThat(engine.recoveries.availablePermits()).as("pause %s", pause).isEqualTo(i + 1);
      time.pass(TICK);
    }
    paced.tick();
    time.pass(Duration.ofMinutes(5));
    paced.tick();
    assertThat(latch.unhealthyReason()).isNull();
    assertThat(engine.recoveries.drainPermits()).isEqualTo(6);
    paced.start();
    time.pass(Duration.ofMillis(100));
    paced.start();
    assertThat(engine.recoveries.availablePermits()).as("the pause is short again").isEqualTo(2);
  }
}
