package dev.spool.support;

import dev.spool.BackpressureTimeoutException;
import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * One call that waits for its turn: from admission, over the engine's queue, to its result.
 *
 * <p>Two things are kept apart here: what the caller sees, its future, and what the call occupies,
 * its share of the admission. A deadline ends the first at once. The second ends when nobody can
 * touch the call's bytes any more: memory stays bounded, whatever callers give up on.
 *
 * <p>A call is taken up ({@code JOINED}) or withdrawn, never both: that decides whether a failure
 * means that nothing was written.
 */
abstract sealed class Call<T> permits WriteCall, LoadCall {
  private static final int WAITING = 0;
  private static final int JOINED = 1;
  private static final int WITHDRAWN = 2;
  private static final int ENDED = 3;
  private static final int GIVEN_BACK = 4;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Call.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * The future that the caller holds: cancelling it withdraws the call. It lets go of the call when
   * that has ended, since callers may keep futures for long, and the call holds the message.
   */
  static final class Result<T> extends CompletableFuture<T> {
    private volatile @Nullable Call<T> call;

    Result(Call<T> call) {
      this.call = call;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      Call<T> cancelling = call;
      boolean cancelled = super.cancel(mayInterruptIfRunning);
      if (cancelled && cancelling != null && cancelling.withdraw()) {
        cancelling.spool.withdrawn(cancelling);
      }
      return cancelled;
    }

    /** Dependents are plain futures: cancelling them does not withdraw the call. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>();
    }
  }

  final Result<T> future = new Result<>(this);

  /** What it occupies of {@link Admission}, in bytes. */
  final long bytes;

  final @Nullable Deadline deadline;

  /** When it was made, by {@code System.nanoTime()}. */
  final long begun = System.nanoTime();

  private final LocalSpool spool;

  /**
   * The thread that is making the call, until it returns: what ends before then may complete the
   * future at once. Read by other threads too, which see that it is not themselves.
   */
  @Nullable Thread caller = Thread.currentThread();

  /**
   * From {@code WAITING} to {@code WITHDRAWN}, or {@code JOINED}, {@code ENDED} and for a load that
   * was carried out {@code GIVEN_BACK}, by STATE.
   */
  private volatile int state = WAITING;

  /** Links of {@link DeadlineQueue}; guarded by it. */
  @Nullable Call<?> previous;

  @Nullable Call<?> next;
  boolean queued;

  /** Ends the wait at the caller's deadline; set before the call is published, if at all. */
  @Nullable ScheduledFuture<?> alarm;

  Call(LocalSpool spool, long bytes, @Nullable Deadline deadline) {
    this.spool = spool;
    this.bytes = bytes;
    this.deadline = deadline;
  }

  abstract CallKind kind();

  /** Returns the spool that was called. */
  final LocalSpool spool() {
    return spool;
  }

  /**
   * Takes the call up. Returns false if it was withdrawn meanwhile (a deadline, a cancel, a
   * shutdown): it has ended then, and must not be carried out.
   */
  final boolean takeUp() {
    if (STATE.compareAndSet(this, WAITING, JOINED)) {
      return true;
    }
    if (isWithdrawn()) {
      spool.release(this);
    }
    return false;
  }

  private boolean withdraw() {
    if (STATE.compareAndSet(this, WAITING, WITHDRAWN)) {
      future.call = null;
      return true;
    }
    return false;
  }

  /** Tells whether the call was withdrawn before it was taken up. */
  final boolean isWithdrawn() {
    return state == WITHDRAWN;
  }

  /** Tells whether the engine has the call. */
  final boolean isTakenUp() {
    return state == JOINED;
  }

  /** Fails a call that has not been taken up. Returns false if it has been. */
  final boolean failWithdrawn(SpoolException failure) {
    if (!withdraw()) {
      return false;
    }
    try {
      spool.withdrawn(this);
    } finally {
      spool.tell(this, null, failure);
    }
    return true;
  }

  /** The engine is done with the call, which it had taken up. */
  final void finish(@Nullable T value) {
    if (end()) {
      spool.ended(this, value, null);
    }
  }

  /** The engine is done with the call, which it had taken up. */
  final void finishFailed(SpoolException failure) {
    if (end()) {
      spool.ended(this, null, failure);
    }
  }

  /** Ends a call that was taken up: once, whatever the engine says twice. */
  final boolean end() {
    if (!endUnwatched()) {
      return false;
    }
    spool.unwatch(this);
    return true;
  }

  /** As {@link #end}, for those who stop watching its deadlines themselves. */
  final boolean endUnwatched() {
    if (!STATE.compareAndSet(this, JOINED, ENDED)) {
      return false;
    }
    future.call = null;
    return true;
  }

  /** Tells, once, that what an ended call occupies may be given back. */
  final boolean giveBack() {
    return STATE.compareAndSet(this, ENDED, GIVEN_BACK);
  }

  /** The caller's deadline has passed. */
  final void deadlinePassed() {
    boolean told = false;
    while (!told) { // whoever calls this does so once
      try {
        expireAtDeadline();
        told = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  private void expireAtDeadline() {
    String what = kind().noun() + " of " + describe();
    expire(
        new DeadlineExceededException(
            what + " had not begun at the caller's deadline", Outcome.NOT_APPLIED),
        new DeadlineExceededException(what + " had not ended at the caller's deadline", started()));
  }

  /** The spool's own deadline, {@code setting}, has passed. */
  final void ownDeadlinePassed(String setting) {
    String what = kind().noun() + " of " + describe();
    expire(
        new BackpressureTimeoutException(
            what + " had not begun within " + setting, Outcome.NOT_APPLIED),
        new BackpressureTimeoutException(what + " had not ended within " + setting, started()));
  }

  private Outcome started() {
    return kind() == CallKind.LOAD ? Outcome.NOT_APPLIED : Outcome.UNKNOWN;
  }

  private void expire(SpoolException withdrawn, SpoolException begun) {
    if (!failWithdrawn(withdrawn)) {
      spool.complete(this, null, begun); // and watched on: the engine still has it
    }
  }

  /** Tells which message the call is about. */
  abstract String describe();
}
