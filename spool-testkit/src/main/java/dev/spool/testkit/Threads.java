package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Deadline;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Runs a test's own work on threads of its own, so that it waits for nobody's pool. */
final class Threads {
  private static final Set<Thread.State> RESTING =
      EnumSet.of(Thread.State.WAITING, Thread.State.TIMED_WAITING, Thread.State.TERMINATED);

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

  /** Waits until a thread waits for something, or has ended. */
  static void awaitWaiting(Thread thread) {
    Deadline limit = Deadline.after(Duration.ofSeconds(Check.LIMIT_SECONDS));
    while (!RESTING.contains(thread.getState())) {
      assertThat(limit.isExpired()).as("%s is %s", thread, thread.getState()).isFalse();
      Thread.onSpinWait();
    }
  }
}
