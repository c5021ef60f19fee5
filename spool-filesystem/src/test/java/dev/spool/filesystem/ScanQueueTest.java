package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ScanQueueTest {
  private final ScanQueue queue = new ScanQueue(1, 10);
  private final List<String> done = new CopyOnWriteArrayList<>();

  private static FileScan.Bunch bunch(boolean end) {
    return new FileScan.Bunch(List.of(), 0, 0, end, null);
  }

  /** Starts a thread, and waits until it waits. */
  private Thread waiting(String name, Runnable work) throws InterruptedException {
    Thread thread =
        new Thread(
            () -> {
              work.run();
              done.add(name);
            });
    thread.setDaemon(true);
    thread.start();
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    return thread;
  }

  @Test
  void whoBringsWaitsWhileThereIsMuchButNotWithItsLast() throws InterruptedException {
    FileScan.Bunch first = bunch(false);
    FileScan.Bunch second = bunch(false);
    FileScan.Bunch last = bunch(true);
    queue.add(first);
    Thread waits = waiting("second", () -> queue.add(second));
    queue.add(last);
    assertThat(queue.take()).isSameAs(first);
    waits.join();
    assertThat(queue.take()).isSameAs(last);
    assertThat(queue.take()).isSameAs(second);
  }

  @Test
  void memoryIsGivenInOrderHoweverMuchIsWanted() throws InterruptedException {
    queue.reserve(5);
    Thread large = waiting("large", () -> queue.reserve(10));
    Thread small = waiting("small", () -> queue.reserve(1));
    queue.release(5);
    large.join();
    assertThat(queue.tryReserve(1)).isFalse();
    assertThat(small.isAlive()).isTrue();
    queue.release(10);
    small.join();
    assertThat(done).containsExactly("large", "small");
    assertThat(queue.tryReserve(9)).isTrue();
  }

  @Test
  void interruptsEndNoWait() throws InterruptedException {
    Thread waits = waiting("taken", () -> assertThat(queue.take()).isNotNull());
    waits.interrupt();
    while (waits.isInterrupted() || waits.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    queue.add(bunch(false));
    waits.join();
    assertThat(done).containsExactly("taken");
  }
}
