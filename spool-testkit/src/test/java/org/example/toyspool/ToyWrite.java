package org.example.toyspool;

import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A store or removal on its way: waiting, until the storage thread begins it, or somebody withdraws
 * it.
 */
final class ToyWrite {
  private enum Stage {
    WAITING,
    BEGUN,
    WITHDRAWN
  }

  final CompletableFuture<Void> future = new Withdrawing();
  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.WAITING);
  private final Runnable change;

  ToyWrite(Runnable change) {
    this.change = change;
  }

  /** Fails the call when the deadline fires; {@code fail} hands the failure to the caller. */
  void expireAt(@Nullable Deadline deadline, Consumer<SpoolException> fail) {
    if (deadline != null) {
      CompletableFuture.delayedExecutor(
              deadline.remaining().toNanos(), TimeUnit.NANOSECONDS, Runnable::run)
          .execute(() -> expire(fail));
    }
  }

  private void expire(Consumer<SpoolException> fail) {
    if (future.isDone()) {
      return;
    }
    fail.accept(
        withdraw()
            ? new DeadlineExceededException("waiting for its turn", Outcome.NOT_APPLIED)
            : new DeadlineExceededException("being written", Outcome.UNKNOWN));
  }

  /** Takes a write back that has not begun; tells whether it was in time. */
  boolean withdraw() {
    return stage.compareAndSet(Stage.WAITING, Stage.WITHDRAWN);
  }

  /** Makes the change, unless it was withdrawn; tells whether it was made. */
  boolean carryOut(Runnable storage) {
    if (!stage.compareAndSet(Stage.WAITING, Stage.BEGUN)) {
      return false;
    }
    storage.run();
    change.run();
    return true;
  }

  /** Cancelling it withdraws the write, if that is in time. */
  private final class Withdrawing extends CompletableFuture<Void> {
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      withdraw();
      return super.cancel(mayInterruptIfRunning);
    }
  }
}
