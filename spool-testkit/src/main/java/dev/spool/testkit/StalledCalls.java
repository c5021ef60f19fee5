package dev.spool.testkit;

import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls that a {@link FaultySpool} holds back: they go on in order when released, unless they
 * were given up before.
 */
final class StalledCalls {
  // Guarded by this.
  private final EnumSet<FaultySpool.Call> stalling = EnumSet.noneOf(FaultySpool.Call.class);
  private List<Stalled<?>> waiting = new ArrayList<>();

  synchronized void stall(FaultySpool.Call... calls) {
    stalling.addAll(List.of(calls));
  }

  synchronized int count() {
    waiting.removeIf(call -> call.future.isDone());
    return waiting.size();
  }

  /** Makes a call: at once, or once it is released. */
  <T> CompletableFuture<T> call(
      FaultySpool.Call kind, @Nullable Deadline deadline, Supplier<CompletableFuture<T>> through) {
    Stalled<T> stalled;
    synchronized (this) {
      if (!stalling.contains(kind)) {
        stalled = null;
      } else {
        stalled = new Stalled<>(through);
        waiting.add(stalled);
      }
    }
    if (stalled == null) {
      return through.get();
    }
    if (deadline != null) {
      stalled.expireAt(deadline);
    }
    return stalled.future;
  }

  void release() {
    takeAll().forEach(Stalled::goOn);
  }

  void close(String name) {
    for (Stalled<?> stalled : takeAll()) {
      stalled.giveUp(new SpoolClosedException(name));
    }
  }

  private synchronized List<Stalled<?>> takeAll() {
    stalling.clear();
    List<Stalled<?>> all = waiting;
    waiting = new ArrayList<>();
    return all;
  }

  /** One call that waits. Whoever takes {@code through} decides its fate. */
  private static final class Stalled<T> {
    final CompletableFuture<T> future = new CompletableFuture<>();

    /** Guarded by this; null once the call went on, or was given up. */
    private @Nullable Supplier<CompletableFuture<T>> through;

    Stalled(Supplier<CompletableFuture<T>> through) {
      this.through = through;
    }

    void expireAt(Deadline deadline) {
      CompletableFuture.delayedExecutor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)
          .execute(
              () ->
                  giveUp(new DeadlineExceededException("stalled by a test", Outcome.NOT_APPLIED)));
    }

    void goOn() {
      Supplier<CompletableFuture<T>> call = take();
      if (call == null || future.isCancelled()) {
        return;
      }
      var unused =
          call.get()
              .whenComplete(
                  (result, failure) -> {
                    if (failure == null) {
                      future.complete(result);
                    } else {
                      future.completeExceptionally(SpoolException.unwrap(failure));
                    }
                  });
    }

    void giveUp(SpoolException failure) {
      if (take() != null) {
        future.completeExceptionally(failure);
      }
    }

    private synchronized @Nullable Supplier<CompletableFuture<T>> take() {
      Supplier<CompletableFuture<T>> taken = through;
      through = null;
      return taken;
    }
  }
}
