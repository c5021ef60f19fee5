package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** As many threads as are needed, and no more. */
class ElasticThreadsTest {
  private final AtomicInteger started = new AtomicInteger();
  private final ThreadPoolExecutor pool =
      ElasticThreads.pool(
          64,
          task -> {
            started.incrementAndGet();
            return new Thread(task);
          });

  @AfterEach
  void end() throws InterruptedException {
    pool.shutdown();
    assertThat(pool.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
  }

  @Test
  void tasksThatFollowEachOtherShareAThread() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      CountDownLatch done = new CountDownLatch(1);
      pool.execute(done::countDown);
      assertThat(done.await(1, TimeUnit.MINUTES)).isTrue();
      while (pool.getActiveCount() > 0) {
        Thread.onSpinWait();
      }
    }
    assertThat(started.get()).isLessThan(16);
  }

  @Test
  void tasksThatNeedEachOtherEachHaveAThreadAndTheOthersWait() throws InterruptedException {
    CountDownLatch together = new CountDownLatch(64);
    CountDownLatch all = new CountDownLatch(164);
    for (int i = 0; i < 164; i++) {
      pool.execute(
          () -> {
            together.countDown();
            awaitQuietly(together);
            all.countDown();
          });
    }
    assertThat(all.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(started).hasValue(64);
  }

  @Test
  void endedPoolTakesNothing() {
    pool.shutdown();
    assertThatThrownBy(() -> pool.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
