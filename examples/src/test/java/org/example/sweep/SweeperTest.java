package org.example.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Deadline;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.example.Eventually;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** When sweeps come, at a time that the test makes, and that they go on coming. */
class SweeperTest {
  private static final Duration NEVER = Duration.ofDays(1);

  private final AtomicInteger sweeps = new AtomicInteger();

  /** The rests that were begun, and the permits to end them. */
  private final Queue<Duration> rests = new ConcurrentLinkedQueue<>();

  private final Semaphore rested = new Semaphore(0);

  private void rest(Duration time) throws InterruptedException {
    rests.add(time);
    rested.acquire();
  }

  private void awaitRest(int number) {
    Eventually.until("rest " + number + " has begun", () -> rests.size() == number);
  }

  private static void close(Sweeper sweeper) throws InterruptedException {
    assertThat(sweeper.close(Deadline.after(Duration.ofMinutes(2)))).isTrue();
  }

  @Test
  void whateverIsLeftBehindTheNextSweepComesAfterARest() throws InterruptedException {
    Sweeper sweeper = new Sweeper(sweeps::incrementAndGet, NEVER, this::rest);
    sweeper.start();
    for (int number = 1; number <= 5; number++) {
      awaitRest(number);
      for (int i = 0; i < 100; i++) {
        sweeper.leftBehind(); // as when each arrival finds no room
      }
      assertThat(sweeps).hasValue(number);
      rested.release();
    }
    awaitRest(6);
    assertThat(rests).containsOnly(Duration.ofSeconds(1));
    close(sweeper);
    assertThat(sweeps).as("what is left a hundred times is swept once").hasValue(6);
  }

  @Test
  void whatIsLeftBehindDuringASweepIsSeenByTheNext() throws InterruptedException {
    CountDownLatch gate = new CountDownLatch(1);
    Sweeper sweeper =
        new Sweeper(
            () -> {
              sweeps.incrementAndGet();
              gate.await();
            },
            NEVER,
            time -> {});
    sweeper.start();
    Eventually.until("the first sweep runs", () -> sweeps.get() == 1);
    sweeper.leftBehind();
    gate.countDown();
    Eventually.until("the second has come", () -> sweeps.get() == 2);
    close(sweeper);
  }

  @Test
  void sweepsComeAtTheRedeliveryTimeWithoutAnythingLeftBehind() throws InterruptedException {
    Sweeper sweeper = new Sweeper(sweeps::incrementAndGet, Duration.ofMillis(1), this::rest);
    rested.release(1000);
    sweeper.start();
    Eventually.until("there were many", () -> sweeps.get() > 10);
    assertThat(rests).as("no longer than the redelivery time").containsOnly(Duration.ofMillis(1));
    close(sweeper);
  }

  static Stream<Throwable> whatASweepMayThrow() {
    return Stream.of(
        new IllegalStateException("a bug"),
        new CancellationException("of a future that somebody cancelled"),
        new NoClassDefFoundError("a jar was replaced"),
        new StackOverflowError(),
        new OutOfMemoryError("a test"),
        new InterruptedException("by somebody else"));
  }

  @ParameterizedTest
  @MethodSource("whatASweepMayThrow")
  void nextSweepComesWhateverTheLastHasThrown(Throwable failure) throws InterruptedException {
    Sweeper sweeper =
        new Sweeper(
            () -> {
              if (sweeps.incrementAndGet() < 3) {
                Thread.currentThread().interrupt(); // as EntryChannel leaves it
                SweeperTest.<RuntimeException>sneak(failure);
              }
            },
            Duration.ofMillis(1),
            time -> {});
    sweeper.start();
    Eventually.until("the third has come", () -> sweeps.get() >= 3);
    close(sweeper);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void sneak(Throwable failure) throws T {
    throw (T) failure;
  }

  @Test
  void closingInterruptsASweepThatWaits() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    Sweeper sweeper =
        new Sweeper(
            () -> {
              sweeps.incrementAndGet();
              never.await();
            },
            NEVER);
    sweeper.start();
    Eventually.until("it waits", () -> sweeps.get() == 1);
    close(sweeper);
    assertThat(sweeps).hasValue(1);
  }

  @Test
  void closingDoesNotWaitBeyondItsDeadlineForASweepThatHangs() throws InterruptedException {
    Semaphore hanging = new Semaphore(0);
    Sweeper sweeper =
        new Sweeper(
            () -> {
              sweeps.incrementAndGet();
              hanging.acquireUninterruptibly();
            },
            NEVER);
    sweeper.start();
    Eventually.until("it hangs", () -> sweeps.get() == 1);
    assertThat(sweeper.close(Deadline.after(Duration.ZERO))).isFalse();
    hanging.release();
    close(sweeper);
  }
}
