package dev.spool.support;

import dev.spool.Deadline;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolStats.Figure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a spool, once: new calls are refused, what waits fails, scans are cancelled, what has
 * begun ends, and then the engine is stopped, when nobody uses it any more. If that takes longer
 * than the timeout, its callers are told what is left, and it goes on behind their backs. Safe for
 * use by any thread.
 */
final class Shutdown {
  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

  /** How often it is tried to tell what is left, with a pause behind each: a second. */
  private static final int TRIES = 100;

  private final EngineContext context;
  private final Engine engine;
  private final Lifecycle lifecycle;
  private final Admission admission;
  private final Scans scans;
  private final Timers timers;
  private final Callbacks callbacks;
  private final Duration timeout;
  private final @Nullable SpoolJmx jmx;

  /** What callers of {@link #begin} see; completed by {@link Callbacks}. */
  private final CompletableFuture<Void> shutdown = new CompletableFuture<>();

  /** The same for {@link #await}, which may wait on the very thread that callbacks run on. */
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();

  /** What it fails with where more cannot be told. */
  private final SpoolException untold;

  /** The same where it has taken too long. */
  private final SpoolException late;

  // Made at the opening: what is linked while the heap is full may fail until the process ends.
  private final Supplier<SpoolException> left = this::left;
  private final Runnable stopping = this::stop;
  private final Runnable givingUp = this::giveUpWaiting;

  /** The engine's figures at its end; null before. */
  private volatile @Nullable List<Figure> lastFigures;

  /**
   * @param jmx ends with the spool; null if there is none
   */
  Shutdown(
      EngineContext context,
      Engine engine,
      Lifecycle lifecycle,
      Admission admission,
      Scans scans,
      Timers timers,
      Callbacks callbacks,
      Duration timeout,
      @Nullable SpoolJmx jmx) {
    this.context = context;
    this.engine = engine;
    this.lifecycle = lifecycle;
    this.admission = admission;
    this.scans = scans;
    this.timers = timers;
    this.callbacks = callbacks;
    this.timeout = timeout;
    this.jmx = jmx;
    untold =
        new SpoolException(
            "the spool was not closed",
            "the spool " + context.name() + " was not closed, and why cannot be told",
            Outcome.UNKNOWN,
            null);
    late = late("what is left cannot be told; its directory stays locked until it has ended");
  }

  /** Begins it, unless it has begun. Never blocks. */
  CompletableFuture<Void> begin() {
    context.health().closing(); // first: whoever finds the spool closed finds it unhealthy, too
    keepFigures();
    CompletableFuture<Void> seen = shutdown.copy(); // first, like all that memory is needed for
    if (!lifecycle.isClosing()) {
      Thread thread = context.threads().thread("shutdown", stopping);
      if (lifecycle.beginClosing()) {
        start(thread);
      }
    }
    return seen;
  }

  /** Nobody else would begin it. */
  private void start(Thread thread) {
    boolean started = false;
    boolean watched = false;
    while (!started) {
      try {
        watched = watched || watch();
        thread.start();
        started = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  private boolean watch() {
    var unused =
        timers
            .deadlines()
            .schedule(
                givingUp, Deadline.after(timeout).remaining().toNanos(), TimeUnit.NANOSECONDS);
    return true;
  }

  /**
   * Waits for its end, on a future of its own: it may run on the thread that is to complete the
   * other.
   */
  void await() {
    try {
      stopped.join();
    } catch (CompletionException e) {
      throw SpoolException.unwrap(e);
    }
  }

  /** Fails a call that waits: the spool is closing. */
  void fail(Call<?> call) {
    boolean unused = call.failWithdrawn(new SpoolClosedException(context.name()));
  }

  /** Returns the engine's figures at its end, or at that of the calls; empty before. */
  List<Figure> lastFigures() {
    List<Figure> last = lastFigures;
    return last == null ? List.of() : last;
  }

  private void stop() {
    SpoolException failure = untold; // until it is known that the engine has stopped
    try {
      failure = stopEngine(Deadline.after(timeout));
      context.health().closed();
    } finally { // whatever a logger does: somebody waits
      try {
        finish(failure);
      } finally {
        timers.stop();
        callbacks.timerEnded();
      }
    }
  }

  /** Returns what it has failed with; null only if the engine has stopped. */
  private @Nullable SpoolException stopEngine(Deadline deadline) {
    try {
      endCalls();
      lifecycle.awaitIdle();
      lastFigures = figuresAtEnd();
      engine.stop(deadline);
      return null;
    } catch (Throwable t) {
      SpoolException failure = typed(t); // first: to log it may fail
      try {
        LOG.error("spool {}: the shutdown failed", context.name(), t);
      } catch (Throwable unlogged) {
        // Whoever waits is told.
      }
      return failure;
    }
  }

  private SpoolException typed(Throwable why) {
    while (true) {
      try {
        return why instanceof IOException io
            ? IoFailures.typed("closing the spool " + context.name(), Outcome.UNKNOWN, io)
            : SpoolException.unwrap(why);
      } catch (Throwable t) {
        if (!Scarcity.isMet(t)) {
          return untold; // a failure that cannot even be printed
        }
        Scarcity.pause();
      }
    }
  }

  /** However long there is no memory for it: the engine has to be stopped. */
  private void endCalls() {
    boolean done = false;
    while (!done) {
      try {
        for (CallKind kind : CallKind.values()) {
          for (Call<?> call : admission.waiting(kind)) {
            fail(call);
          }
        }
        scans.cancelAll();
        timers.stopWork();
        engine.closing();
        done = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  /** So that the figures do not vanish while the last calls end. */
  private void keepFigures() {
    if (lifecycle.enter()) {
      try {
        lastFigures = figuresAtEnd();
      } finally {
        lifecycle.exit();
      }
    }
  }

  private List<Figure> figuresAtEnd() {
    try {
      return engine.figures();
    } catch (RuntimeException | Error e) {
      LOG.warn("spool {}: no last figures", context.name(), e);
      return List.of();
    }
  }

  /** It has taken too long: the timer tells it, once, and what is left goes on. */
  private void giveUpWaiting() {
    finish(tried(TRIES, left, late));
  }

  /**
   * Returns what is made; or, where there is no memory for it however often it is tried, what was
   * made beforehand.
   */
  static SpoolException tried(
      int times, Supplier<SpoolException> making, SpoolException otherwise) {
    for (int i = 0; i < times; i++) {
      try {
        return making.get();
      } catch (Throwable e) { // whoever waits is told, whatever it is
        if (!Scarcity.isMet(e)) {
          return otherwise;
        }
        Scarcity.pause();
      }
    }
    return otherwise;
  }

  /** Says what is left, which is closed when it ends. */
  private SpoolException left() {
    return late(
        "left are "
            + lifecycle.leases()
            + " calls, among them "
            + admission.running(CallKind.STORE)
            + " stores, "
            + admission.running(CallKind.REMOVE)
            + " removals, "
            + admission.running(CallKind.LOAD)
            + " loads and "
            + scans.active()
            + " scans; its directory stays locked until they have ended");
  }

  private SpoolException late(String left) {
    return new SpoolException(
        "the spool was not closed in time",
        "the spool " + context.name() + " was not closed within shutdownTimeout; " + left,
        Outcome.UNKNOWN,
        null);
  }

  private void finish(@Nullable SpoolException failure) {
    try {
      if (jmx != null) {
        jmx.close(); // first: whoever sees the end may open a spool of that name again
      }
    } finally {
      tell(failure);
    }
  }

  private void tell(@Nullable SpoolException failure) {
    boolean first = false;
    boolean told = false;
    while (!told) {
      try {
        first |= failure == null ? stopped.complete(null) : stopped.completeExceptionally(failure);
        if (first) {
          callbacks.execute(new Completion<>(shutdown, null, failure));
        }
        told = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }
}
