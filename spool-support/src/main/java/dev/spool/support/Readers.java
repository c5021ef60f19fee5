package dev.spool.support;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that read, and the loads that wait for them. A thread that is free takes several at
 * once, so that a wake-up and a hand-over are paid for many; another one is woken only for what the
 * running ones will not take in their next round.
 *
 * <p>How many are taken at once follows from how long a load has taken lately: many while messages
 * come from memory, and one by one when each waits for the disk, which then works for as many
 * threads as there may be. And while no running one comes back for more, others are woken all the
 * same. Safe for use by any thread.
 */
final class Readers {
  private static final int MAX_THREADS = 16;

  /** A thread that has ended its work, but does not wait for more yet, counts there. */
  private static final int POOL = 4 * MAX_THREADS;

  /** The most that are read together. */
  static final int MAX_TOGETHER = 32;

  /** How long the loads that are taken together should take. */
  private static final long ROUND_NANOS = 100_000;

  /** Carries loads out; called by several threads. */
  interface Work {
    /** Reads, and ends each of the calls. Throws nothing. */
    void read(List<LoadCall> calls);

    /** Ends a call for which there is no thread. */
    void failed(LoadCall call, Throwable why);
  }

  private final Work work;
  private final int maxThreads;
  private final Workers pool;

  /** Made once: what is first linked while the heap is full may fail until the process ends. */
  private final Runnable drain = this::drain;

  private final ConcurrentLinkedQueue<LoadCall> queue = new ConcurrentLinkedQueue<>();

  /** How many are queued: raised after a call was added, so that it may lag behind. */
  private final AtomicInteger waiting = new AtomicInteger();

  private final AtomicInteger running = new AtomicInteger();

  /** What a load took lately. Written by any reader, and no more than a hint. */
  private volatile long averageNanos = ROUND_NANOS;

  /** When a reader came back for more; as {@link #averageNanos}. */
  private volatile long lastTaken = System.nanoTime();

  Readers(SpoolThreads threads, int maxLoads, Work work) {
    this.work = work;
    maxThreads = Math.min(maxLoads, MAX_THREADS);
    pool = threads.elastic("reader", POOL);
  }

  /** Has a load carried out soon. Never blocks, never throws. */
  void add(LoadCall call) {
    queue.add(call);
    int queued = waiting.incrementAndGet();
    int now = running.get();
    if (now == 0 || queued > now * (together() - 1) || isStuck()) {
      start();
    }
  }

  /** To be called now and then: what waits may do so behind reads that have begun to take long. */
  void tick() {
    if (waiting.get() > 0 && isStuck()) {
      start();
    }
  }

  private boolean isStuck() {
    return System.nanoTime() - lastTaken > 2 * ROUND_NANOS;
  }

  private int together() {
    return (int) Math.max(1, Math.min(MAX_TOGETHER, ROUND_NANOS / averageNanos));
  }

  private void start() {
    if (!enter()) {
      return;
    }
    try {
      pool.execute(drain);
    } catch (RejectedExecutionException | OutOfMemoryError | InternalError e) {
      if (running.decrementAndGet() == 0) {
        failAll(e); // nobody else would
      }
    }
  }

  private boolean enter() {
    int now;
    do {
      now = running.get();
      if (now >= maxThreads) {
        return false;
      }
    } while (!running.compareAndSet(now, now + 1));
    return true;
  }

  private void drain() {
    do {
      try {
        readAll();
      } finally { // without memory this thread ends: the next call, or tick, starts another
        running.decrementAndGet();
      }
      // What was queued between the last look and the decrement may have found enough running.
    } while (!queue.isEmpty() && enter());
  }

  private void readAll() {
    List<LoadCall> calls = take();
    while (!calls.isEmpty()) {
      long begun = System.nanoTime();
      work.read(calls);
      long each = (System.nanoTime() - begun) / calls.size();
      averageNanos = Math.max(1, (3 * averageNanos + each) / 4);
      calls = take();
    }
  }

  private List<LoadCall> take() {
    boolean unused =
        Thread.interrupted(); // nobody has any business to do that, and it closes files
    int most = together();
    lastTaken = System.nanoTime();
    List<LoadCall> taken = new ArrayList<>(most); // before any is taken out: this may fail
    while (taken.size() < most) {
      LoadCall call = queue.poll();
      if (call == null) {
        break;
      }
      taken.add(call);
    }
    waiting.addAndGet(-taken.size());
    return taken;
  }

  private void failAll(Throwable why) {
    for (LoadCall call = queue.poll(); call != null; call = queue.poll()) {
      waiting.decrementAndGet();
      work.failed(call, why);
    }
  }
}
