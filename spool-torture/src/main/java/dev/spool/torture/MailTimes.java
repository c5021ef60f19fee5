package dev.spool.torture;

import dev.spool.SpoolId;
import java.util.Queue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When a mail server stores the next message, and when it delivers which: at an even pace, and what
 * is due first, so that a disk that cannot keep up is asked for both in turn, and does not fill.
 * Times are those of {@link System#nanoTime}. For one thread, but where it says so.
 */
final class MailTimes {
  private final long begin;
  private final int rate;
  private final Queue<Due> dues =
      new PriorityBlockingQueue<>(64, (a, b) -> Long.signum(a.at - b.at));

  private long stores;

  private record Due(SpoolId id, long at) {}

  /** Begins now, with so many messages to be stored each second. */
  MailTimes(long now, int rate) {
    this.begin = now;
    this.rate = rate;
  }

  /** This message is to be delivered at that time. For any thread. */
  void deliver(SpoolId id, long at) {
    dues.add(new Due(id, at));
  }

  /** Returns the message that is to be delivered now, once; null if there is none. */
  @Nullable SpoolId takeDue(long now) {
    Due due = due(now) == null ? null : dues.poll(); // perhaps one that was added just now
    return due == null ? null : due.id;
  }

  /** Tells whether another message is to be stored now; not before all that is due. */
  boolean takeStore(long now) {
    double elapsed = (double) (now - begin) / TimeUnit.SECONDS.toNanos(1);
    if (due(now) != null || stores > elapsed * rate) {
      return false;
    }
    stores++;
    return true;
  }

  private @Nullable Due due(long now) {
    Due first = dues.peek();
    return first == null || first.at - now > 0 ? null : first;
  }
}
