package dev.spool.testkit;

import java.util.concurrent.CompletableFuture;

/** Runs a test's own work on threads of its own, so that it waits for nobody's pool. */
final class Threads {

  private Threads() {}

  /** What a thread does; it may throw anything. */
  interface Work {
    void run() throws Exception;
  }

  /** Starts a daemon thread; the future completes as the work does. */
  static CompletableFuture<Void> run(Work work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
                done.complete(null);
              } catch (Throwable t) {
                done.completeExceptionally(t);
              }
            },
            "contract-worker");
    thread.setDaemon(true);
    thread.start();
    return done;
  }
}
