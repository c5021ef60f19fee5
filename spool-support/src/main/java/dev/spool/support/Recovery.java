package dev.spool.support;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
  private final ScheduledExecutorService thread;
  private final HealthLatch health;
  private final Work work;

  /**
   * Set by whoever asks, reset by the recovery thread before it begins: an error meanwhile asks
   * again.
   */
  private final AtomicBoolean wanted = new AtomicBoolean();

  private final AtomicBoolean probing = new AtomicBoolean();

  /**
   * Set when there was no memory to ask the recovery thread for an attempt: the tick asks again.
   */
  private final AtomicBoolean unasked = new AtomicBoolean();

  /** Whether there is an engine to recover; what is wanted earlier waits for that. */
  private volatile boolean open;

  /** Whether an attempt is under way or planned; belongs to the recovery thread. */
  private boolean busy;

  /** How long to wait before the attempt after the next one; belongs to the recovery thread. */
  private long nextPauseMillis = FIRST_PAUSE_MILLIS;

  // Made at the opening: what is linked while the heap is full may fail until the process ends.
  private final Runnable asked = this::attemptIfWanted;
  private final Runnable again = this::attemptAgain;
  private final Runnable probe = this::probe;
  private final Step recover = Engine::recover;
  private final Step prove = this::prove;

  /** Whether {@link #prove} was run; belongs to the recovery thread. */
  private boolean proved;

  Recovery(String name, ScheduledExecutorService thread, HealthLatch health, Work work) {
    this.name = name;
    this.thread = thread;
    this.health = health;
    this.work = work;
  }

  /** Asks for a recovery. Never blocks. Safe for use by any thread. */
  void start() {
    if (wanted.compareAndSet(false, true) && open) {
      begin();
    }
  }

  /** There is an engine from now on. */
  void opened() {
    open = true;
    if (wanted.get()) {
      begin();
    }
  }

  private void begin() {
    try {
      thread.execute(asked);
    } catch (RejectedExecutionException e) {
      LOG.debug("spool {}: no recovery while closing", name, e);
    } catch (OutOfMemoryError e) { // no memory, or no thread
      unasked.set(true);
      // Whoever asks has the failure still to be reported, which matters more.
      LOG.warn("spool {}: no thread for the recovery yet", name, e);
    }
  }

  private void attemptIfWanted() {
    if (!busy && wanted.get()) {
      attempt(FIRST_PAUSE_MILLIS);
    }
  }

  private void attemptAgain() {
    attempt(nextPauseMillis);
  }

  private void attempt(long pauseMillis) {
    busy = true;
    wanted.set(false);
    try {
      work.onEngine(recover);
      busy = false;
      if (wanted.get()) { // an error that was met while this went on, whose task found it busy
        retry(pauseMillis);
      }
    } catch (Throwable e) { // whatever it is: nobody else would try again
      try {
        LOG.warn("spool {}: not recovered; next attempt in {} ms", name, pauseMillis, e);
      } finally { // there may be no memory even for that
        retry(pauseMillis);
      }
    }
  }

  private void retry(long pauseMillis) {
    busy = true;
    try {
      nextPauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
      var unused = thread.schedule(again, pauseMillis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("spool {}: no recovery while closing", name, e);
    } catch (OutOfMemoryError e) {
      busy = false;
      wanted.set(true);
      unasked.set(true);
    }
  }

  /**
   * Starts a probe if the latch waits for one, and an attempt that could not be asked for. Never
   * blocks. Called by the timer.
   */
  void tick() {
    if (unasked.getAndSet(false)) {
      begin();
    }
    if (health.wantsProbe() && probing.compareAndSet(false, true)) {
      boolean asked = false;
      try {
        thread.execute(probe);
        asked = true;
      } catch (RejectedExecutionException e) {
        LOG.debug("spool {}: no probe while closing", name, e);
      } finally {
        if (!asked) { // without memory, for one: the next tick asks again
          probing.set(false);
        }
      }
    }
  }

  private void probe() {
    try {
      // The token first: an error that comes later makes it void, and what came earlier is seen in
      // wanted.
      HealthLatch.ProbeToken token = health.probeToken();
      if (busy || wanted.get()) {
        return; // what is to be reopened cannot prove anything yet
      }
      proved = false;
      work.onEngine(prove);
      if (proved) {
        health.probeSucceeded(token);
      }
    } catch (Throwable e) {
      health.probeFailed(e);
    } finally {
      probing.set(false);
    }
  }

  private void prove(Engine engine) throws Exception {
    engine.probe();
    proved = true;
  }
}
