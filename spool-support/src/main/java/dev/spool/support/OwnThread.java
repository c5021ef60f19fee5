package dev.spool.support;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Runs file calls of an opening on a thread that nobody can interrupt, while the caller, whom
 * anybody may interrupt, waits. An interrupt of the caller is kept for it, and disturbs nothing.
 */
final class OwnThread<T> implements Runnable {
  private final Call<T> call;

  // Written by the thread, read after it was joined.
  private @Nullable T result;
  private @Nullable Throwable failure;

  private OwnThread(Call<T> call) {
    this.call = call;
  }

  static <T> T call(Call<T> call) throws IOException {
    OwnThread<T> own = new OwnThread<>(call);
    Thread thread = new Thread(own, "spool-opening");
    thread.setDaemon(true);
    thread.start();
    join(thread);
    return own.outcome();
  }

  @Override
  public void run() {
    try {
      result = call.call();
    } catch (Throwable e) {
      failure = e;
    }
  }

  private T outcome() throws IOException {
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (result == null) {
      throw new IllegalStateException("a call on a thread of its own returned nothing", failure);
    }
    return result;
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** File calls with a result. */
  @FunctionalInterface
  interface Call<T> {
    T call() throws IOException;
  }
}
