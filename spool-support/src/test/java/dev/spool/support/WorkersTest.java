package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class WorkersTest {
  private static final long LONG = TimeUnit.HOURS.toNanos(1);

  private final AtomicInteger threads = new AtomicInteger();
  private final Semaphore done = new Semaphore(0);
  private final CountDownLatch gate = new CountDownLatch(1);
  private final CountDownLatch held = new CountDownLatch(1);

  /** Whether there is no memory for a thread. */
  private volatile boolean out;

  private final ThreadFactory factory =
      work -> {
        if (out) {
          throw new OutOfMemoryError("no thread");
        }
        threads.incrementAndGet();
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((dead, failure) -> {});
        return thread;
      };

  @Test
  void whatFailsForWantOfMemoryHoldsUpNoOtherTask() {
    Workers workers = new Workers(factory, 1, 100, LONG);
    for (int i = 0; i < 20; i++) {
      workers.execute(
          () -> {
            done.release();
            throw new OutOfMemoryError("expected");
          });
    }
    done.acquireUninterruptibly(20);
    assertThat(threads).hasValue(1);
  }

  @Test
  void withoutAThreadItTakesNothing() {
    Workers workers = new Workers(factory, 2, 100, LONG);
    out = true;
    assertThatThrownBy(() -> workers.execute(done::release)).isInstanceOf(OutOfMemoryError.class);
    out = false;
    workers.execute(done::release);
    workers.end();
    workers.awaitEnd();
    assertThat(done.availablePermits()).as("the one that it took").isOne();
  }

  @Test
  void withoutAnotherThreadTheTaskWaitsForTheOneThatThereIs() throws InterruptedException {
    Workers workers = new Workers(factory, 2, 100, LONG);
    hold(workers);
    out = true;
    workers.execute(done::release);
    assertThat(done.availablePermits()).isZero();
    gate.countDown();
    done.acquireUninterruptibly();
  }

  @Test
  void noMoreWaitThanMay() throws InterruptedException {
    Workers workers = new Workers(factory, 1, 2, LONG);
    hold(workers);
    workers.execute(done::release);
    workers.execute(done::release);
    assertThatThrownBy(() -> workers.execute(done::release))
        .isInstanceOf(RejectedExecutionException.class);
    gate.countDown();
    workers.end();
    workers.awaitEnd();
    assertThat(done.availablePermits()).as("those that waited").isEqualTo(2);
  }

  @Test
  void aThreadThatIsFreeIsUsedAgainAndGivenUpWhenThereIsNothingToDo() {
    Workers workers = new Workers(factory, 4, 1, TimeUnit.MILLISECONDS.toNanos(1));
    for (int i = 0; i < 200; i++) {
      workers.execute(done::release);
      done.acquireUninterruptibly();
    }
    workers.end();
    workers.awaitEnd();
    assertThatThrownBy(() -> workers.execute(done::release))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void everyTaskOfACrowdIsCarriedOut() throws InterruptedException {
    Workers workers = new Workers(factory, 4, 1 << 20, TimeUnit.MICROSECONDS.toNanos(50));
    Thread[] crowd = new Thread[4];
    for (int i = 0; i < crowd.length; i++) {
      crowd[i] =
          new Thread(
              () -> {
                for (int j = 0; j < 5000; j++) {
                  workers.execute(done::release);
                }
              });
      crowd[i].start();
    }
    for (Thread each : crowd) {
      each.join();
    }
    done.acquireUninterruptibly(20_000);
    workers.end();
    workers.awaitEnd();
    assertThat(done.availablePermits()).isZero();
  }

  private void hold(Workers workers) throws InterruptedException {
    workers.execute(
        () -> {
          held.countDown();
          try {
            gate.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    held.await();
  }
}
