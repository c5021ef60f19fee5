package dev.spool.cli;

import dev.spool.SpoolException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for one long call, and says on standard error now and then that it goes on. */
final class Waiting {
  private Waiting() {}

  /**
   * Waits.
   *
   * @param what is done, as a participle: {@code compacting}
   * @throws SpoolException if the call fails
   */
  static <T> T on(Streams streams, String what, CompletableFuture<T> call)
      throws InterruptedIOException {
    long begun = System.nanoTime();
    while (true) {
      try {
        return call.get(streams.betweenLines().toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - begun);
        streams.err().println(what + " for " + Text.age(elapsed) + " so far");
      } catch (ExecutionException e) {
        throw SpoolException.unwrap(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException(what + " was interrupted");
      }
    }
  }
}
