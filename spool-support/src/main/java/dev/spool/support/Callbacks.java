package dev.spool.support;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Completes futures, and so runs callers' continuations, on threads that own no I/O.
 *
 * <p>A few threads empty one queue, so that a group of completions wakes one thread and not one
 * each. Since a continuation may block, a check looks after the queue while they are all busy, and
 * adds threads when none has made progress. An executor of the user's is handed each completion
 * from these threads, never from one that owns I/O; what it rejects they run themselves. Safe for
 * use by any thread.
 */
final class Callbacks {
  private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);
  private static final int MAX_THREADS = 256;
  private static final long CHECK_MILLIS = 5;

  private final int usualThreads = Math.max(2, Runtime.getRuntime().availableProcessors());
  private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicLong done = new AtomicLong();
  private final AtomicBoolean checking = new AtomicBoolean();
  private final LongAdder rejected = new LongAdder();

  /** {@link #done} when {@link #tick} looked last; belongs to who calls that. */
  private long doneAtTick;

  /** Set when {@link #timerEnded}: from then on nobody looks after the queue any more. */
  private volatile boolean ended;

  private final Executor pool;

  /** Made once: what is first linked while the heap is full may fail until the process ends. */
  private final Runnable drain = this::drain;

  private final ScheduledExecutorService timer;
  private final @Nullable Executor users;

  /**
   * @param timer where the check runs; it does not block
   * @param users the user's executor, if there is one
   */
  Callbacks(SpoolThreads threads, ScheduledExecutorService timer, @Nullable Executor users) {
    this(threads.elastic("callback", MAX_THREADS), timer, users);
  }

  /**
   * @param pool runs what it has not thrown for
   */
  Callbacks(Executor pool, ScheduledExecutorService timer, @Nullable Executor users) {
    this.pool = pool;
    this.timer = timer;
    this.users = users;
  }

  /** Runs {@code completion} soon, on another thread. As {@link #executeAll}. */
  void execute(Runnable completion) {
    queue.add(completion);
    if (!start(usualThreads)) {
      checkSoon();
    }
  }

  /**
   * Runs completions soon, on other threads: one is woken for all of them, and another one if that
   * makes no progress. Never blocks. When there is no memory for it it throws, and has taken none.
   */
  void executeAll(List<Runnable> completions) {
    if (!completions.isEmpty()) {
      queue.addAll(completions);
      if (!start(usualThreads) || completions.size() > 1) { // one of them may block
        checkSoon();
      }
    }
  }

  /** Returns how many completions the user's executor has rejected. */
  long rejected() {
    return rejected.sum();
  }

  /**
   * The timer has been shut down, and has dropped the check: nothing else looks after what waits
   * behind completions that block. Where no thread can be had this one carries them out, as each
   * that hands one over later does.
   */
  void timerEnded() {
    ended = true;
    checking.set(false);
    startForAll();
  }

  /** Starts a thread, unless {@code limit} of them run; tells whether it did. */
  private boolean start(int limit) {
    int now;
    do {
      now = running.get();
      if (now >= limit) {
        return false;
      }
    } while (!running.compareAndSet(now, now + 1));
    try {
      pool.execute(drain);
      return true;
    } catch (RejectedExecutionException | OutOfMemoryError | InternalError e) {
      running.decrementAndGet(); // no thread to be had now: the check tries again
      return false;
    }
  }

  private void drain() {
    do {
      try {
        drainQueue();
      } finally { // without memory this thread ends: the next completion, or tick, starts another
        running.decrementAndGet();
      }
      // What was queued between the last poll and the decrement found this thread counted as
      // running.
    } while (!queue.isEmpty() && resume());
  }

  private void drainQueue() {
    Runnable completion = queue.poll();
    while (completion != null) {
      run(completion);
      done.incrementAndGet();
      completion = queue.poll();
    }
  }

  /**
   * To be called now and then, by one thread: there may have been no memory to start a thread, nor
   * to check.
   */
  void tick() {
    long now = done.get();
    if (now == doneAtTick && !queue.isEmpty()) {
      addThreads();
      if (ended) {
        startForAll(); // who ended it may have taken the thread that was not to be had for running
      }
    }
    doneAtTick = now;
  }

  /** As many as there are. */
  private void addThreads() {
    for (int more = Math.max(1, running.get()); more > 0 && start(MAX_THREADS); more--) {}
  }

  private boolean resume() {
    int now;
    do {
      now = running.get();
      if (now >= usualThreads) {
        return false;
      }
    } while (!running.compareAndSet(now, now + 1));
    return true;
  }

  private void run(Runnable completion) {
    if (users != null) {
      try {
        users.execute(completion);
        return;
      } catch (RuntimeException | Error e) { // an Error, too: it may find no thread to start
        rejected.increment();
        logRejected(e);
      }
    }
    try {
      completion.run();
    } catch (Throwable t) {
      logFailed(t);
    } finally {
      boolean unused = Thread.interrupted(); // meant for that continuation, not for the next one
    }
  }

  private static void logRejected(Throwable why) {
    try {
      LOG.debug(
          "the callback executor rejected a completion, which a thread of the spool runs instead",
          why);
    } catch (Throwable t) {
      // The completion is run nevertheless.
    }
  }

  private static void logFailed(Throwable why) {
    try {
      LOG.error("a completion failed", why);
    } catch (Throwable t) {
      // The others are run nevertheless.
    }
  }

  private void checkSoon() {
    if (checking.compareAndSet(false, true)) {
      long before = done.get();
      try {
        var unused = timer.schedule(new Check(before), CHECK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException | OutOfMemoryError | InternalError e) {
        checking.set(false); // the spool has been closed, or the next one to come here checks
        startForAll();
      }
    }
  }

  /** Starts a thread for each completion that is queued, as far as there may be so many. */
  private void startForAll() {
    for (int more = queue.size(); more > 0 && start(MAX_THREADS); more--) {}
    if (ended && !queue.isEmpty() && running.compareAndSet(0, 1)) {
      drain(); // nobody would try again
    }
  }

  /** No lambda, as {@link #drain}: it would be linked when the first completions are many. */
  private final class Check implements Runnable {
    private final long before;

    Check(long before) {
      this.before = before;
    }

    /** Adds as many threads as there are if none has completed anything since. */
    @Override
    public void run() {
      checking.set(false);
      if (queue.isEmpty()) {
        return;
      }
      if (done.get() == before) {
        addThreads();
      }
      checkSoon();
    }
  }
}
