package dev.spool.cache;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What the caller holds of a call that was handed on: cancelling it cancels the spool's own future,
 * which withdraws a write that has not been taken up.
 */
final class HandedOn<T> extends CompletableFuture<T> {
  private final CompletableFuture<T> source;

  HandedOn(CompletableFuture<T> source) {
    this.source = source;
  }

  /** Ends as the spool's future did; a failure that a stage has wrapped is unwrapped. */
  void end(@Nullable T value, @Nullable Throwable failure) {
    if (failure == null) {
      complete(value);
    } else if (failure instanceof CompletionException && failure.getCause() != null) {
      completeExceptionally(failure.getCause());
    } else {
      completeExceptionally(failure);
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    source.cancel(mayInterruptIfRunning);
    return super.cancel(mayInterruptIfRunning);
  }

  /** Dependents are plain futures: cancelling them does not withdraw the call. */
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }
}
