package dev.spool.rocksdb;

import dev.spool.SpoolException.Outcome;
import dev.spool.support.EngineContext;
import dev.spool.support.IoFailures;
import dev.spool.support.Scarcity;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Works with threads, whatever interrupts the one that waits. */
final class Threads {
  private Threads() {}

  /** Something that does I/O. */
  interface Work<T> {
    T run() throws IOException;
  }

  /**
   * Runs {@code work} on a thread of its own, so that interrupting the caller harms no file;
   * returns its result.
   */
  static <T> T call(EngineContext context, Work<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        context
            .threads()
            .thread(
                "opening",
                () -> {
                  try {
                    result.complete(work.run());
                  } catch (Throwable t) {
                    Scarcity.fail(result, t);
                  }
                });
    thread.start();
    try {
      return result.join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException io) {
        throw IoFailures.typed("cannot open the spool " + context.name(), Outcome.NOT_APPLIED, io);
      }
      if (cause instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      if (cause instanceof Error error) {
        throw error;
      }
      throw e;
    }
  }

  /** Waits for the end of a thread; returns false if it has not ended within {@code limit}. */
  static boolean join(Thread thread, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          long left = end - System.nanoTime();
          if (left > 0) {
            TimeUnit.NANOSECONDS.timedJoin(thread, left);
          }
          return !thread.isAlive();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
