package dev.spool.bench.workload;

import dev.spool.bench.engine.EngineType.Style;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a number of operations in flight: a new one begins when one is done.
 *
 * <p>For stores that return at once, one thread begins them all; for stores that block, there is a
 * thread for each. The first failure ends the run.
 */
final class ClosedLoop {
  /** What the first operation may take, which in the measured time is to be done at least. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final int inFlight;
  private final Style style;
  private final Operation operation;
  private final AtomicLong next = new AtomicLong();
  private final AtomicLong completed = new AtomicLong();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Semaphore room;
  private volatile boolean stopping;

  /** What is repeated. */
  @FunctionalInterface
  interface Operation {
    /** Begins the operation of a number; they count from 0. */
    CompletableFuture<?> begin(long number);
  }

  ClosedLoop(int inFlight, Style style, Operation operation) {
    this.inFlight = inFlight;
    this.style = style;
    this.operation = operation;
    this.room = new Semaphore(inFlight);
  }

  /** A stretch of time that was measured. */
  record Window(long operations, long nanos, long cpuNanos) {}

  /** Runs until the time is over and nothing is in flight. */
  Window run(Pace pace, Latencies latencies) throws InterruptedException {
    Thread[] threads = new Thread[style == Style.ASYNC ? 1 : inFlight];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = new Thread(style == Style.ASYNC ? this::beginAll : this::repeat, "driver-" + i);
      threads[i].start();
    }
    Window window;
    try {
      pause(pace.warmUp());
      latencies.begin();
      long operations = completed.get();
      long cpu = Cpu.nanos();
      long start = System.nanoTime();
      pause(pace.measured());
      awaitOne(operations, start + PATIENCE.toNanos());
      latencies.end();
      window =
          new Window(completed.get() - operations, System.nanoTime() - start, Cpu.nanos() - cpu);
    } finally {
      stopping = true;
      for (Thread thread : threads) {
        thread.join();
      }
    }
    room.acquire(style == Style.ASYNC ? inFlight : 0);
    Throwable cause = failure.get();
    if (cause != null) {
      throw new CompletionException(cause);
    }
    return window;
  }

  /** How many operations were begun. */
  long begun() {
    return next.get();
  }

  /**
   * The measured time is longer where nothing is done in it: what is that slow has a figure, too.
   */
  private void awaitOne(long before, long until) throws InterruptedException {
    while (failure.get() == null && completed.get() == before && System.nanoTime() < until) {
      pause(Duration.ofMillis(50));
    }
  }

  private void pause(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    while (failure.get() == null && System.nanoTime() < end) {
      long left = end - System.nanoTime();
      TimeUnit.NANOSECONDS.sleep(Math.min(left, TimeUnit.MILLISECONDS.toNanos(50)));
    }
  }

  private void beginAll() {
    try {
      while (!stopping) {
        int free = room.drainPermits();
        if (free == 0) {
          room.acquire();
          free = 1;
        }
        for (int i = 0; i < free; i++) {
          begin(next.getAndIncrement());
        }
      }
    } catch (InterruptedException e) {
      failure.compareAndSet(null, e);
    }
  }

  private void begin(long number) {
    try {
      CompletableFuture<?> unused =
          operation.begin(number).whenComplete((done, thrown) -> end(thrown));
    } catch (RuntimeException e) {
      end(e);
    }
  }

  private void end(@Nullable Throwable thrown) {
    if (thrown != null) {
      failure.compareAndSet(null, thrown);
      stopping = true;
    }
    completed.incrementAndGet();
    room.release();
  }

  private void repeat() {
    try {
      while (!stopping) {
        operation.begin(next.getAndIncrement()).join();
        completed.incrementAndGet();
      }
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
      stopping = true;
    }
  }
}
