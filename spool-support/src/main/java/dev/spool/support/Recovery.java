package dev.spool.support;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings an engine back after a fatal error, at once and then with growing pauses, and proves that
 * it works before stores are taken again. All of it on one thread, one thing at a time, while the
 * spool sheds.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 30_000;

  /** What recovers and proves: the engine, with a lease taken. */
  interface Work {
    /**
     * Runs {@code step} on the engine; returns normally, without having run it, if the spool is
     * closing.
     */
    void onEngine(Step step) throws Exception;
  }

  /** One step of the work. */
  interface Step {
    void run(Engine engine) throws Exception;
  }

  private final String name;
  private final Executor thread;
  private final HealthLatch health;
  private final Work work;
  private final LongSupplier nanoTime;

  /**
   * Set by whoever asks, reset by the recovery thread before it begins: an error meanwhile asks
   * again.
   */
  private final AtomicBoolean wanted = new AtomicBoolean();

  /** Whether an attempt or a probe was handed over to the thread, and has not ended. */
  private final AtomicBoolean underWay = new AtomicBoolean();

  /** When the next attempt may begin, by {@link #nanoTime}. */
  private volatile long notBefore;

  /** Whether there is an engine to recover; what is wanted earlier waits for that. */
  private volatile boolean open;

  /** Why nothing could be handed over to the thread the last time; null if it could. */
  private volatile @Nullable Throwable notBegun;

  /** Whether that was logged; the timer's own. */
  private boolean warned;

  /** How long after an attempt the next one begins; belongs to whoever is under way. */
  private long pauseMillis = FIRST_PAUSE_MILLIS;

  // Made at the opening: what is linked while the heap is full may fail until the process ends.
  private final Runnable run = this::run;
  private final Step recover = Engine::recover;
  private final Step prove = this::prove;

  /** Whether {@link #prove} was run; belongs to whoever is under way. */
  private boolean proved;

  /**
   * @param thread carries out what it has taken, one after the other, on a thread that may block;
   *     what it throws for was not taken
   * @param nanoTime tells the time, as {@link System#nanoTime} does
   */
  Recovery(String name, Executor thread, HealthLatch health, Work work, LongSupplier nanoTime) {
    this.name = name;
    this.thread = thread;
    this.health = health;
    this.work = work;
    this.nanoTime = nanoTime;
    this.notBefore = nanoTime.getAsLong();
  }

  /** Asks for a recovery. Never blocks, and never fails. Safe for use by any thread. */
  void start() {
    wanted.set(true);
    if (isDue()) {
      begin();
    }
  }

  /** There is an engine from now on. */
  void opened() {
    open = true;
    if (isDue()) {
      begin();
    }
  }

  /**
   * Begins an attempt that is due, or a probe if the latch waits for one: also what there was no
   * memory for before, so that nothing is forgotten. Never blocks. Called by the timer.
   */
  void tick() {
    if (isDue() || (open && !wanted.get() && health.wantsProbe())) {
      begin();
    }
    Throwable why = notBegun;
    if (why != null && !warned) {
      LOG.warn("spool {}: no thread for the recovery yet", name, why);
    }
    warned = why != null;
  }

  private boolean isDue() {
    return open && wanted.get() && nanoTime.getAsLong() - notBefore >= 0;
  }

  private void begin() {
    if (!underWay.compareAndSet(false, true)) {
      return; // the next tick finds what is wanted still
    }
    boolean begun = false;
    try {
      thread.execute(run);
      begun = true;
    } catch (RejectedExecutionException e) {
      // The spool is closing.
    } catch (Throwable e) { // no memory, or no thread: whoever asks has the failure still to report
      notBegun = e;
    } finally {
      if (begun) {
        notBegun = null;
      } else {
        underWay.set(false);
      }
    }
  }

  private void run() {
    try {
      if (wanted.get()) {
        attempt();
      } else {
        probe();
      }
    } finally {
      underWay.set(false);
    }
  }

  private void attempt() {
    if (!isDue()) {
      return;
    }
    wanted.set(false);
    if (health.forbidsReopening()) {
      return; // whatever else has failed meanwhile
    }
    try {
      work.onEngine(recover);
      postpone(); // it has only opened again: what works is shown by the probe
    } catch (Throwable e) { // whatever it is: nobody else would try again
      wanted.set(true);
      long pause = postpone();
      LOG.warn("spool {}: not recovered; next attempt in {} ms", name, pause, e);
    }
  }

  private long postpone() {
    long pause = pauseMillis;
    notBefore = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(pause);
    pauseMillis = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    return pause;
  }

  private void probe() {
    try {
      // The token first: an error that comes later makes it void, and what came earlier is seen in
      // wanted.
      HealthLatch.ProbeToken token = health.probeToken();
      if (wanted.get()) {
        return; // what is to be reopened cannot prove anything yet
      }
      proved = false;
      work.onEngine(prove);
      if (proved) {
        pauseMillis = FIRST_PAUSE_MILLIS;
        notBefore = nanoTime.getAsLong();
        health.probeSucceeded(token);
      }
    } catch (Throwable e) {
      health.probeFailed(e);
    }
  }

  private void prove(Engine engine) throws Exception {
    engine.probe();
    proved = true;
  }
}
