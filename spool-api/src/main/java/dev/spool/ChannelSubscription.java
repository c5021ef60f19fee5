package dev.spool;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Hands a channel's entries to a {@link Flow.Subscriber} as it asks for them: one loop at a time,
 * started by {@link #request} and gone on by the arrival of an entry, so that signals are never
 * concurrent and recursion never grows.
 */
final class ChannelSubscription implements Flow.Subscription {
  private final EntryChannel channel;
  private final Flow.Subscriber<? super SpoolEntry> subscriber;

  /** Entries asked for and not yet handed over. */
  private final AtomicLong demand = new AtomicLong();

  /**
   * True while a loop runs, or an entry is awaited that will go on with it; and until {@link
   * #start}.
   */
  private final AtomicBoolean running = new AtomicBoolean(true);

  private final AtomicBoolean ended = new AtomicBoolean();

  /** A demand that was not positive; set before the loop that tells of it is started. */
  private volatile @Nullable IllegalArgumentException violation;

  ChannelSubscription(EntryChannel channel, Flow.Subscriber<? super SpoolEntry> subscriber) {
    this.channel = channel;
    this.subscriber = subscriber;
  }

  /** The subscriber's {@code onSubscribe} has returned: no other signal comes before that. */
  void start() {
    running.set(false);
    runIfIdle();
  }

  @Override
  public void request(long n) {
    if (n <= 0) {
      // Told by the loop, so that signals stay one at a time; closing ends what the loop may be
      // waiting for.
      violation = new IllegalArgumentException("demand must be positive, not " + n);
      channel.close();
      demand.updateAndGet(d -> Math.max(d, 1));
      runIfIdle();
      return;
    }
    demand.accumulateAndGet(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
    runIfIdle();
  }

  @Override
  public void cancel() {
    if (ended.compareAndSet(false, true)) {
      channel.close();
    }
  }

  private void runIfIdle() {
    while (demand.get() > 0 && !ended.get() && running.compareAndSet(false, true)) {
      boolean drained = true;
      try {
        drained = drain();
      } catch (Throwable t) { // no memory to wait for an entry, which may be lost by it
        fail(t);
      } finally {
        if (drained) {
          running.set(false);
        }
      }
      if (!drained) {
        return; // an entry is awaited, and goes on
      }
    }
  }

  private void fail(Throwable why) {
    if (ended.compareAndSet(false, true)) {
      boolean closed = false;
      while (!closed) { // it takes memory, and nobody else would end the scan
        try {
          channel.close();
          closed = true;
        } catch (OutOfMemoryError | InternalError e) {
          EntryChannel.pause();
        }
      }
      subscriber.onError(why);
    }
  }

  /**
   * Hands over what is there; returns false if it went to wait for an entry, still {@code running}.
   */
  private boolean drain() {
    while (demand.get() > 0 && !ended.get()) {
      CompletableFuture<@Nullable SpoolEntry> next = channel.receiveAsync();
      if (!next.isDone()) {
        var unused =
            next.whenComplete(
                (entry, failure) -> {
                  try {
                    signal(entry, failure);
                  } finally {
                    running.set(false);
                  }
                  runIfIdle();
                });
        return false;
      }
      var unused = next.whenComplete(this::signal);
    }
    return true;
  }

  private void signal(@Nullable SpoolEntry entry, @Nullable Throwable failure) {
    if (ended.get()) {
      return;
    }
    if (entry != null) {
      demand.updateAndGet(d -> d == Long.MAX_VALUE ? d : d - 1);
      try {
        subscriber.onNext(entry);
      } catch (Throwable t) {
        cancel(); // a subscriber that throws has cancelled (Reactive Streams 2.13)
        throw t;
      }
    } else if (ended.compareAndSet(false, true)) {
      IllegalArgumentException violated = violation;
      if (violated != null) {
        subscriber.onError(violated);
      } else if (failure == null) {
        subscriber.onComplete();
      } else {
        subscriber.onError(SpoolException.unwrap(failure));
      }
    }
  }
}
