package dev.spool.micrometer;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What a caller of a {@link MeteredSpool} holds: it completes as the wrapped spool's future does,
 * on the same thread, after the call was measured. Cancelling it cancels that one, so that a call
 * which waits is withdrawn.
 */
final class MeteredFuture<T> extends CompletableFuture<T> {
  private final CompletableFuture<T> measured;

  /**
   * Completes after a call.
   *
   * @param measure is told the call's end; what it throws is ignored
   */
  MeteredFuture(CompletableFuture<T> measured, Measure<? super T> measure) {
    this.measured = measured;
    var unused =
        measured.whenComplete(
            (value, failure) -> {
              try {
                measure.ended(value, failure);
              } finally {
                complete(value, failure);
              }
            });
  }

  /** Is told how a call has ended. */
  interface Measure<T> {
    /** One of them is null; both are, if a call without a result has succeeded. */
    void ended(@Nullable T value, @Nullable Throwable failure);
  }

  /** A failure that a stage of the wrapped spool has wrapped is handed on unwrapped. */
  private void complete(@Nullable T value, @Nullable Throwable failure) {
    if (failure == null) {
      boolean unused = complete(value);
    } else if (failure instanceof CompletionException && failure.getCause() != null) {
      boolean unused = completeExceptionally(failure.getCause());
    } else {
      boolean unused = completeExceptionally(failure);
    }
  }

  /** Whether the call is withdrawn is up to the spool; that nobody waits for it is said here. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean unused = measured.cancel(mayInterruptIfRunning);
    return super.cancel(mayInterruptIfRunning);
  }

  /** Dependents are plain futures: cancelling them does not withdraw the call. */
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }
}
