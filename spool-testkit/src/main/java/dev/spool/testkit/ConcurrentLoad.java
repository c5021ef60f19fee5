package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.BackpressureTimeoutException;
import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Calls a spool from many threads on a few messages, and records a history of each. */
final class ConcurrentLoad {
  private static final int MAX_LENGTH = 600;

  private final SpoolId[] ids;
  private final RegisterHistory[] histories;

  /** Every stored message begins with a number of its own. */
  private final AtomicLong numbers = new AtomicLong();

  private final AtomicLong seeds = new AtomicLong(1);

  /** Set between runs, by the test's thread. */
  private Spool spool;

  /** Counted down by every call; set between runs. */
  private @Nullable CountDownLatch untilClose;

  ConcurrentLoad(Spool spool, int messages) {
    this.spool = spool;
    ids = new SpoolId[messages];
    histories = new RegisterHistory[messages];
    for (int i = 0; i < messages; i++) {
      ids[i] = SpoolId.random();
      histories[i] = new RegisterHistory();
    }
  }

  /** Goes on with the same messages, in the same spool opened again. */
  void continueOn(Spool reopened) {
    spool = reopened;
  }

  /** Returns work that closes the spool once that many calls of the next run were made. */
  Threads.Work closeAfter(int calls) {
    CountDownLatch latch = new CountDownLatch(calls);
    untilClose = latch;
    Spool closing = spool;
    return () -> {
      latch.await();
      closing.close();
    };
  }

  void run(int threads, int callsEach, boolean disturbed) {
    List<CompletableFuture<Void>> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      SplittableRandom random = new SplittableRandom(seeds.getAndIncrement());
      workers.add(
          Threads.run(
              () -> {
                for (int call = 0; call < callsEach; call++) {
                  oneCall(random, disturbed && random.nextInt(4) == 0);
                  countDown();
                }
              }));
    }
    workers.forEach(Check::get);
  }

  private void countDown() {
    CountDownLatch latch = untilClose;
    if (latch != null) {
      latch.countDown();
    }
  }

  void assertLinearizable() {
    for (int i = 0; i < ids.length; i++) {
      assertThat(histories[i].violation()).as("the history of message " + ids[i]).isNull();
    }
  }

  private void oneCall(SplittableRandom random, boolean disturbed) {
    int which = random.nextInt(ids.length);
    SpoolId id = ids[which];
    RegisterHistory history = histories[which];
    Durability durability = random.nextInt(20) == 0 ? Durability.SYNC : Durability.BUFFERED;
    boolean cancel = disturbed && random.nextBoolean();
    Deadline deadline =
        disturbed && !cancel ? Deadline.after(Duration.ofNanos(random.nextInt(400_000))) : null;
    int kind = random.nextInt(10);
    if (kind < 4) {
      load(id, history);
    } else if (kind < 8) {
      long number = numbers.incrementAndGet();
      byte[] message = message(number);
      RegisterHistory.Call call = history.store(number);
      write(call, spool.store(id, message, durability, deadline), cancel);
    } else {
      RegisterHistory.Call call = history.remove();
      write(call, spool.remove(id, durability, deadline), cancel);
    }
  }

  private static void write(
      RegisterHistory.Call call, CompletableFuture<Void> future, boolean cancel) {
    if (cancel) {
      future.cancel(true);
    }
    try {
      future.join();
      call.applied();
    } catch (CancellationException e) {
      call.unknown();
    } catch (RuntimeException e) {
      call.failed(expected(e));
    }
  }

  private void load(SpoolId id, RegisterHistory history) {
    RegisterHistory.Call call = history.load();
    try {
      byte[] message = spool.load(id).join();
      long number = Messages.number(message);
      Check.same(message, message(number));
      call.loaded(number);
    } catch (RuntimeException e) {
      SpoolException failure = expected(e);
      if (failure instanceof MessageNotFoundException) {
        call.loaded(RegisterHistory.ABSENT);
      }
    }
  }

  private static SpoolException expected(RuntimeException e) {
    SpoolException failure = SpoolException.unwrap(e);
    assertThat(failure)
        .isInstanceOfAny(
            MessageNotFoundException.class,
            DeadlineExceededException.class,
            BackpressureTimeoutException.class,
            SpoolClosedException.class);
    return failure;
  }

  private static byte[] message(long number) {
    return Messages.numbered(number, 8 + (int) (number % MAX_LENGTH));
  }
}
