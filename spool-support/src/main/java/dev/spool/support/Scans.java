package dev.spool.support;

import dev.spool.BackpressureTimeoutException;
import dev.spool.ScanReport;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The scans that are under way: each on a thread of its own, since it waits for its consumer, and
 * each with a lease of the engine from its start to its end. Safe for use by any thread.
 */
final class Scans {
  private static final int MAX_SCANS = 64;

  /**
   * A thread of which the scan has ended, but whoever waits for that is being told, counts there.
   */
  private static final int POOL = 2 * MAX_SCANS;

  private final EngineContext context;
  private final Engine engine;
  private final Lifecycle lifecycle;
  private final Callbacks callbacks;
  private final Workers threads;
  private final Set<ScanCall> active = ConcurrentHashMap.newKeySet();

  /** Each is given back before anybody can know that its scan has ended. */
  private final Semaphore places = new Semaphore(MAX_SCANS);

  Scans(EngineContext context, Engine engine, Lifecycle lifecycle, Callbacks callbacks) {
    this.context = context;
    this.engine = engine;
    this.lifecycle = lifecycle;
    this.callbacks = callbacks;
    threads = context.threads().elastic("scan", POOL);
  }

  /** Returns how many are under way. */
  int active() {
    return active.size();
  }

  /** The spool is closing: ends all of them. Those that are started meanwhile end themselves. */
  void cancelAll() {
    SpoolClosedException closed = closed();
    for (ScanCall scan : active) {
      scan.cancel(closed);
    }
  }

  /** Starts one; its future is completed where continuations run. */
  CompletableFuture<ScanReport> start(ScanCall scan) {
    if (!lifecycle.enter()) {
      SpoolClosedException closed = closed();
      scan.fail(closed);
      return CompletableFuture.failedFuture(closed);
    }
    CompletableFuture<ScanReport> future;
    try {
      future = new CompletableFuture<>();
      active.add(scan);
      if (lifecycle.isClosing()) {
        scan.cancel(closed()); // the shutdown may have looked for scans already
      }
      execute(scan, future);
    } catch (RejectedExecutionException e) {
      leave(scan);
      return failedToStart(
          scan,
          new BackpressureTimeoutException(
              MAX_SCANS + " scans of the spool " + context.name() + " are under way already",
              Outcome.NOT_APPLIED));
    } catch (OutOfMemoryError | InternalError e) { // there is no memory, or no thread to be had
      leave(scan); // first: there may be no memory to tell it
      return failedToStart(
          scan, context.typed("beginning a scan of the spool " + context.name(), e));
    } catch (Throwable e) { // of whoever calls: a full stack
      leave(scan);
      throw e;
    }
    return future;
  }

  private void execute(ScanCall scan, CompletableFuture<ScanReport> future) {
    if (!places.tryAcquire()) {
      throw new RejectedExecutionException("no place");
    }
    boolean begun = false;
    try {
      threads.execute(new Run(scan, future));
      begun = true;
    } finally {
      if (!begun) {
        places.release();
      }
    }
  }

  /** No lambda: one that is linked while the heap is full may fail until the process ends. */
  private final class Run implements Runnable {
    private final ScanCall scan;
    private final CompletableFuture<ScanReport> future;

    Run(ScanCall scan, CompletableFuture<ScanReport> future) {
      this.scan = scan;
      this.future = future;
    }

    @Override
    public void run() {
      Scans.this.run(scan, future);
    }
  }

  private CompletableFuture<ScanReport> failedToStart(ScanCall scan, SpoolException failure) {
    scan.fail(failure);
    return CompletableFuture.failedFuture(failure);
  }

  private void run(ScanCall scan, CompletableFuture<ScanReport> future) {
    ScanReport report = null;
    Throwable why = null;
    try {
      try {
        scanAndJudge(scan);
        report = scan.report();
      } finally {
        places.release();
      }
      scan.complete();
    } catch (Throwable t) {
      why = t;
    }
    try {
      leave(scan);
    } catch (OutOfMemoryError | InternalError e) {
      why = why == null ? e : why;
    }
    boolean told = false;
    while (!told) {
      try {
        tell(scan, future, report, why);
        told = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  private void tell(
      ScanCall scan,
      CompletableFuture<ScanReport> future,
      @Nullable ScanReport report,
      @Nullable Throwable why) {
    if (why == null) {
      callbacks.execute(new Completion<>(future, report, null));
    } else {
      SpoolException failure = context.typedOfScan("scanning the spool " + context.name(), why);
      scan.fail(failure);
      callbacks.execute(new Completion<>(future, null, failure));
    }
  }

  /** A scan that has read everything, and found it whole, is proof that nothing is damaged. */
  private void scanAndJudge(ScanCall scan) throws Exception {
    HealthLatch health = context.health();
    long damagedBefore = health.counters().entriesDamaged();
    engine.scan(scan);
    if (scan.payloads() && scan.corruptCount() == 0 && scan.startTime().equals(Instant.MAX)) {
      health.entriesIntact(damagedBefore);
    }
  }

  private void leave(ScanCall scan) {
    try {
      active.remove(scan);
    } finally { // to count takes memory now and then
      lifecycle.exit();
    }
  }

  private SpoolClosedException closed() {
    return new SpoolClosedException(context.name());
  }
}
