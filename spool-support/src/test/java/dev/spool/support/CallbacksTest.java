package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CallbacksTest {
  private final SpoolThreads threads = new SpoolThreads("test");
  private final ScheduledThreadPoolExecutor timer = threads.timer("timer");

  @AfterEach
  void stopTimer() {
    timer.shutdown();
  }

  @Test
  void completionsThatBlockDoNotStopTheOthers() throws InterruptedException {
    Callbacks callbacks = new Callbacks(threads, timer, null);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1000);
    for (int i = 0; i < 100; i++) {
      callbacks.execute(() -> await(release));
    }
    for (int i = 0; i < 1000; i++) {
      callbacks.execute(done::countDown);
    }
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    release.countDown();
  }

  @Test
  void completionsHandedOverTogetherDoNotWaitForTheFirstThatBlocks() throws InterruptedException {
    Callbacks callbacks = new Callbacks(threads, timer, null);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(100);
    List<Runnable> together = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      together.add(() -> await(release));
    }
    for (int i = 0; i < 100; i++) {
      together.add(done::countDown);
    }
    callbacks.executeAll(together);
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    release.countDown();
  }

  @Test
  void everyCompletionRunsOnceFromManyThreads() throws InterruptedException {
    Callbacks callbacks = new Callbacks(threads, timer, null);
    int each = 20_000;
    CountDownLatch done = new CountDownLatch(4 * each);
    for (int t = 0; t < 4; t++) {
      threads
          .thread(
              "producer-" + t,
              () -> {
                for (int i = 0; i < each; i++) {
                  callbacks.execute(done::countDown);
                }
              })
          .start();
    }
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whatTheUsersExecutorRejectsIsRunAndCounted() throws InterruptedException {
    Callbacks callbacks =
        new Callbacks(
            threads,
            timer,
            task -> {
              throw new RejectedExecutionException("full");
            });
    CountDownLatch done = new CountDownLatch(3);
    for (int i = 0; i < 3; i++) {
      callbacks.execute(done::countDown);
    }
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(callbacks.rejected()).isEqualTo(3);
  }

  @Test
  void aUsersExecutorThatFindsNoThreadLosesNoCompletion() throws InterruptedException {
    Callbacks callbacks =
        new Callbacks(
            threads,
            timer,
            task -> {
              throw new OutOfMemoryError("expected by the test: no thread to be had");
            });
    CountDownLatch done = new CountDownLatch(100);
    for (int i = 0; i < 100; i++) {
      callbacks.execute(done::countDown);
    }
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(callbacks.rejected()).isEqualTo(100);
  }

  @Test
  void whatWaitsBehindCompletionsThatBlockIsNotForgottenAtTheTimersEnd()
      throws InterruptedException {
    Callbacks callbacks = new Callbacks(threads, timer, null);
    CountDownLatch blocked = new CountDownLatch(50);
    CountDownLatch last = new CountDownLatch(1);
    for (int i = 0; i < 50; i++) {
      callbacks.execute(
          () -> {
            blocked.countDown();
            await(last);
          });
    }
    callbacks.execute(last::countDown);
    timer.shutdown();
    callbacks.timerEnded();
    assertThat(blocked.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(last.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void anInterruptOfOneContinuationDoesNotReachTheNext() throws InterruptedException {
    Callbacks callbacks = new Callbacks(threads, timer, null);
    CountDownLatch queued = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1000);
    AtomicInteger interrupted = new AtomicInteger();
    for (int i = 0; i < 1000; i++) {
      callbacks.execute(
          () -> {
            await(queued);
            if (Thread.currentThread().isInterrupted()) {
              interrupted.incrementAndGet();
            }
            Thread.currentThread().interrupt();
            done.countDown();
          });
    }
    queued.countDown();
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(interrupted).hasValue(0);
  }

  @Test
  void aUsersExecutorThatRunsOnItsCallerNeverRunsOnTheThreadThatCompletes()
      throws InterruptedException {
    Callbacks callbacks = new Callbacks(threads, timer, Runnable::run);
    Thread[] ran = new Thread[1];
    CountDownLatch done = new CountDownLatch(1);
    callbacks.execute(
        () -> {
          ran[0] = Thread.currentThread();
          done.countDown();
        });
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(ran[0]).isNotSameAs(Thread.currentThread());
  }

  @Test
  void aCompletionThatFailsDoesNotStopTheOthers() throws InterruptedException {
    Callbacks callbacks = new Callbacks(threads, timer, null);
    CountDownLatch done = new CountDownLatch(1);
    callbacks.execute(
        () -> {
          throw new IllegalStateException("expected by the test");
        });
    callbacks.execute(done::countDown);
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Nothing looks after the queue any more: whoever comes by carries out what is in it. */
  @Test
  void completionsForWhichThereIsNoThreadAreCarriedOutWhenTheTimerHasEnded() {
    Callbacks callbacks =
        new Callbacks(
            (Executor)
                work -> {
                  throw new OutOfMemoryError("expected by the test: no thread to be had");
                },
            timer,
            null);
    AtomicInteger done = new AtomicInteger();
    timer.shutdown();
    callbacks.execute(done::incrementAndGet);
    callbacks.executeAll(List.of(done::incrementAndGet, done::incrementAndGet));
    assertThat(done).as("nobody else's thread before").hasValue(0);
    callbacks.timerEnded();
    assertThat(done).hasValue(3);
    callbacks.execute(done::incrementAndGet);
    assertThat(done).hasValue(4);
    callbacks.executeAll(List.of(done::incrementAndGet, done::incrementAndGet));
    assertThat(done).hasValue(6);
  }

  /** The timer's last tick is just about to find no thread when the end comes. */
  @Test
  void aTickThatFindsNoThreadBesideTheTimersEndCarriesOutWhatIsLeft() {
    Callbacks[] callbacks = new Callbacks[1];
    boolean[] ticking = new boolean[1];
    callbacks[0] =
        new Callbacks(
            (Executor)
                work -> {
                  if (ticking[0]) {
                    ticking[0] = false;
                    callbacks[0].timerEnded(); // as another thread would, just then
                  }
                  throw new OutOfMemoryError("expected by the test: no thread to be had");
                },
            timer,
            null);
    AtomicInteger done = new AtomicInteger();
    timer.shutdown();
    callbacks[0].execute(done::incrementAndGet);
    ticking[0] = true;
    callbacks[0].tick();
    assertThat(ticking[0]).as("the end came meanwhile").isFalse();
    assertThat(done).hasValue(1);
  }
}
