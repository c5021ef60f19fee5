package dev.spool.bench.workload;

import dev.spool.Durability;
import dev.spool.bench.engine.Engine;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Gap;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.EngineType.Style;
import dev.spool.bench.engine.MessageIds;
import dev.spool.bench.workload.Timer.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** W6: mail of all sizes; 95 of 100 messages are removed within two seconds, the rest stay. */
final class RealLife implements Workload {
  private static final long LONGEST_LIFE = TimeUnit.SECONDS.toNanos(2);

  @Override
  public boolean suits(EngineType type) {
    return type.can(Gap.SYNC, Gap.REMOVE, Gap.LARGE_MESSAGES);
  }

  @Override
  public long retainedBytes(Case row) {
    return 8L << 30;
  }

  @Override
  public long retainedEntries(Case row) {
    return 1 << 20;
  }

  @Override
  public Map<Figure, Double> measure(Case row, EngineType type, Place place, Pace pace)
      throws Exception {
    Payloads payloads = Payloads.mixed();
    Removals removals = new Removals(type.style() == Style.ASYNC ? 1 : row.inFlight());
    return new LoopFigures(type, place, 0)
        .measure(
            row.inFlight(),
            pace,
            Step.STORE,
            removals,
            (engine, latencies) -> {
              removals.start(engine, latencies);
              return number -> store(engine, number, payloads, removals, latencies);
            });
  }

  private static CompletableFuture<Void> store(
      Engine engine, long number, Payloads payloads, Removals removals, Latencies latencies) {
    byte[] data = payloads.get(number);
    long start = System.nanoTime();
    return engine
        .store(MessageIds.of(number), data, Durability.SYNC)
        .thenRun(
            () -> {
              latencies.done(Step.STORE, start, data.length);
              if (number % 20 != 7) {
                removals.later(number);
              }
            });
  }

  /** A message, and when it is delivered. */
  private record Due(long number, long nanos) implements Delayed {
    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(nanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(nanos, ((Due) other).nanos);
    }
  }

  /** Removes each message when it is due, on threads of their own. */
  private static final class Removals implements LoopFigures.Around {
    /** How many may be under way at once. */
    private static final int REMOVALS = 4096;

    private final DelayQueue<Due> queue = new DelayQueue<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Semaphore underWay = new Semaphore(REMOVALS);
    private volatile boolean stopping;
    private final List<Thread> threads = new ArrayList<>();
    private final int callers;

    /**
     * Makes them.
     *
     * @param callers how many threads remove: more than one where each waits for its removal
     */
    Removals(int callers) {
      this.callers = callers;
    }

    void later(long number) {
      queue.add(
          new Due(number, System.nanoTime() + ThreadLocalRandom.current().nextLong(LONGEST_LIFE)));
    }

    void start(Engine engine, Latencies latencies) {
      for (int i = 0; i < callers; i++) {
        Thread thread = new Thread(() -> removeAll(engine, latencies), "removals-" + i);
        threads.add(thread);
        thread.start();
      }
    }

    private void removeAll(Engine engine, Latencies latencies) {
      try {
        while (!stopping) {
          Due due = queue.poll(100, TimeUnit.MILLISECONDS);
          if (due != null) {
            latencies.done(Step.LATENESS, due.nanos, 0);
            remove(engine, due.number, latencies);
          }
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts this thread", e);
      }
    }

    private void remove(Engine engine, long number, Latencies latencies)
        throws InterruptedException {
      underWay.acquire();
      long start = System.nanoTime();
      CompletableFuture<Void> unused =
          engine
              .remove(MessageIds.of(number))
              .whenComplete(
                  (done, thrown) -> {
                    if (thrown == null) {
                      latencies.done(Step.REMOVE, start, 0);
                    } else {
                      failure.compareAndSet(null, thrown);
                    }
                    underWay.release();
                  });
    }

    @Override
    public void after(Engine engine) throws InterruptedException {
      stopping = true;
      for (Thread thread : threads) {
        thread.join();
      }
      underWay.acquire(REMOVALS);
      Throwable cause = failure.get();
      if (cause != null) {
        throw new IllegalStateException("a removal failed", cause);
      }
    }
  }
}
