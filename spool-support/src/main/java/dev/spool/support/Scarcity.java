package dev.spool.support;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What is done about a heap that is full, where something must be done nevertheless: a call that
 * has ended is to be told so, and by nobody else. It is tried again until there is memory for it,
 * which those who fill the heap may give back at any time.
 *
 * <p>What tells of it is an {@link OutOfMemoryError}; or an {@link InternalError}, into which the
 * JDK wraps one where it links a method handle or a string's concatenation for the first time. So
 * those who must go on catch both.
 */
public final class Scarcity {
  private static final long PAUSE_NANOS = 10_000_000;

  private Scarcity() {}

  /**
   * Does once, without effect, what is done when there is no memory: this class itself takes some
   * to be loaded, and a call whose end was to wait for it would have no end.
   */
  static void prepare() {
    Error met = new InternalError(new OutOfMemoryError());
    if (isMet(met)) {
      LockSupport.parkNanos(1);
    }
    complete(new CompletableFuture<>(), null);
    fail(new CompletableFuture<>(), met);
  }

  /** Waits a little before the next attempt, though it be interrupted. Needs no memory. */
  public static void pause() {
    boolean interrupted = false;
    long begun = System.nanoTime();
    for (long left = PAUSE_NANOS; left > 0; left = PAUSE_NANOS - (System.nanoTime() - begun)) {
      interrupted |= Thread.interrupted(); // else it would not wait
      LockSupport.parkNanos(left);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells whether it was for want of memory that something failed. Needs none. */
  public static boolean isMet(Throwable failure) {
    Throwable each = failure;
    while (each instanceof InternalError && each.getCause() != null) {
      each = each.getCause();
    }
    return each instanceof OutOfMemoryError;
  }

  /**
   * Waits a little before the next attempt of what has failed for want of memory; throws what is
   * something else. Needs none.
   */
  public static void await(Error failure) {
    if (!isMet(failure)) {
      throw failure;
    }
    pause();
  }

  /**
   * Fails a future, which takes memory, other than to complete it with a value: nobody else would.
   * Without effect on one that is complete. All that depends on it is told, as by {@link
   * #complete}.
   */
  public static void fail(CompletableFuture<?> future, Throwable why) {
    end(future, null, why);
  }

  /**
   * Completes a future. All that depends on it is told, whatever one of them throws where the JDK
   * does not catch it: each attempt goes on behind the one that has. That is thrown at the end.
   */
  static <T> void complete(CompletableFuture<T> future, @Nullable T value) {
    end(future, value, null);
  }

  private static <T> void end(
      CompletableFuture<T> future, @Nullable T value, @Nullable Throwable why) {
    Throwable met = null;
    boolean told = false;
    while (!told) {
      try {
        boolean unused = why == null ? future.complete(value) : future.completeExceptionally(why);
        told = true;
      } catch (StackOverflowError e) {
        throw e; // the next attempt would meet it before it has told anybody
      } catch (Throwable t) {
        if (isMet(t)) {
          pause();
        } else {
          met = t;
        }
      }
    }
    if (met instanceof RuntimeException e) {
      throw e;
    }
    if (met instanceof Error e) {
      throw e;
    }
  }
}
