package dev.spool.support;

import dev.spool.SpoolException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Completes a future, where continuations run. A class and no lambda: what is first linked while
 * the heap is full may fail until the process ends, and nobody would be told of anything.
 *
 * @param failure what it fails with; null if it is completed with {@code value}
 */
record Completion<T>(
    CompletableFuture<T> future, @Nullable T value, @Nullable SpoolException failure)
    implements Runnable {

  @Override
  public void run() {
    if (failure == null) {
      Scarcity.complete(future, value);
    } else {
      Scarcity.fail(future, failure);
    }
  }
}
