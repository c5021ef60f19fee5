package dev.spool.support;

import dev.spool.BackpressureTimeoutException;
import dev.spool.CleanupReport;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolReadOnlyException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The background work that is asked for: cleanup, compaction, advice, quarantine. A few threads do
 * it; what is more waits in a queue, each with a lease of the engine, and no more than the queue
 * holds. Safe for use by any thread.
 */
final class Tasks {
  private static final Logger LOG = LoggerFactory.getLogger(Tasks.class);
  private static final int MAX_RUNNING = 4;
  private static final int MAX_WAITING = 256;

  /** What is to be done. */
  interface Task<T> {
    @Nullable T on(Engine engine) throws IOException;
  }

  /** No method reference: one that cannot be linked here leaves the process without a spool. */
  private static final class CleaningUp implements Task<CleanupReport> {
    @Override
    public CleanupReport on(Engine engine) throws IOException {
      return engine.cleanup();
    }
  }

  private static final Task<CleanupReport> CLEANUP = new CleaningUp();

  // Made at the opening: what is linked while the heap is full may fail until the process ends.
  private final BiConsumer<@Nullable CleanupReport, @Nullable Throwable> cleanedUp =
      this::cleanedUp;

  private final EngineContext context;
  private final Engine engine;
  private final Lifecycle lifecycle;
  private final Callbacks callbacks;
  private final boolean readOnly;
  private final Workers threads;

  /**
   * @param readOnly whether what changes anything is refused
   */
  Tasks(
      EngineContext context,
      Engine engine,
      Lifecycle lifecycle,
      Callbacks callbacks,
      boolean readOnly) {
    this.context = context;
    this.engine = engine;
    this.lifecycle = lifecycle;
    this.callbacks = callbacks;
    this.readOnly = readOnly;
    threads = context.threads().bounded("task", MAX_RUNNING, MAX_WAITING);
  }

  /**
   * Does something that changes the storage, soon.
   *
   * @param tried says what: {@code compacting}
   */
  <T> CompletableFuture<T> change(String tried, Task<T> task) {
    return start(tried, true, task);
  }

  /**
   * Does something that a spool that is only read can do too, soon.
   *
   * @param tried says what: {@code compacting}
   */
  <T> CompletableFuture<T> run(String tried, Task<T> task) {
    return start(tried, false, task);
  }

  CompletableFuture<CleanupReport> cleanUp() {
    return change("cleaning up", CLEANUP);
  }

  /** Cleans up, and logs what goes wrong: nobody waits for it. */
  void cleanUpByItself() {
    var unused = cleanUp().whenComplete(cleanedUp);
  }

  private void cleanedUp(@Nullable CleanupReport report, @Nullable Throwable failure) {
    if (failure != null && !lifecycle.isClosing()) {
      LOG.warn("spool {}: the periodic cleanup failed", context.name(), failure);
    }
  }

  private <T> CompletableFuture<T> start(String tried, boolean changes, Task<T> task) {
    if (!lifecycle.enter()) {
      return CompletableFuture.failedFuture(new SpoolClosedException(context.name()));
    }
    if (changes && readOnly) {
      lifecycle.exit(); // first: there may be no memory to tell it
      return CompletableFuture.failedFuture(new SpoolReadOnlyException(context.name()));
    }
    CompletableFuture<T> future;
    try {
      future = new CompletableFuture<>();
      threads.execute(new Run<>(this, tried, task, future));
    } catch (RejectedExecutionException e) {
      lifecycle.exit(); // first, as above
      return CompletableFuture.failedFuture(
          new BackpressureTimeoutException(
              MAX_WAITING + " calls like this wait for the spool " + context.name() + " already",
              Outcome.NOT_APPLIED));
    } catch (OutOfMemoryError | InternalError e) { // there is no memory, or no thread to be had
      lifecycle.exit(); // first, as above
      return CompletableFuture.failedFuture(
          context.typed("beginning " + tried + " in the spool " + context.name(), e));
    } catch (Throwable e) { // of whoever calls: a full stack
      lifecycle.exit();
      throw e;
    }
    return future;
  }

  /** No lambda: one that is linked while the heap is full may fail until the process ends. */
  private record Run<T>(Tasks tasks, String tried, Task<T> task, CompletableFuture<T> future)
      implements Runnable {
    @Override
    public void run() {
      tasks.carryOut(tried, task, future);
    }
  }

  private <T> void carryOut(String tried, Task<T> task, CompletableFuture<T> future) {
    T result = null;
    Throwable why = null;
    try {
      if (lifecycle.isClosing()) {
        throw new SpoolClosedException(context.name()); // it had waited for its turn
      }
      result = task.on(engine);
    } catch (Throwable t) {
      why = t;
    }
    lifecycle.exit();
    boolean told = false;
    while (!told) {
      try {
        tell(future, result, tried, why);
        told = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  private <T> void tell(
      CompletableFuture<T> future, @Nullable T result, String tried, @Nullable Throwable why) {
    if (why == null) {
      callbacks.execute(new Completion<>(future, result, null));
    } else {
      SpoolException failure = context.typed(tried + " in the spool " + context.name(), why);
      callbacks.execute(new Completion<>(future, null, failure));
    }
  }
}
