package dev.spool.cli;

import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the messages that a copy's target holds and its source does not have: what the source has
 * removed since an earlier copy, or what was there before any. Each id that the target lists is
 * looked for in the source, so that memory is bounded whatever the spools hold.
 */
final class OnlyInTarget {
  /** A listing does not tell the length of what the lookup reads; so few at once. */
  private static final int ROOM = 1 << 20;

  private final Spool source;
  private final InFlight inFlight = new InFlight();
  private final AtomicLong absent = new AtomicLong();

  private OnlyInTarget(Spool source) {
    this.source = source;
  }

  /** Returns how many, or a negative number if the target could not be listed to its end. */
  static long count(Spool source, Spool target) throws IOException {
    OnlyInTarget pass = new OnlyInTarget(source);
    try {
      boolean unused =
          ScanLoop.run(
              target::list,
              entry -> {
                if (entry instanceof SpoolEntry.Listed listed) {
                  pass.look(listed.id(), (int) Math.min(Integer.MAX_VALUE, listed.length()));
                }
                return true;
              });
    } catch (SpoolException e) {
      return -1;
    } finally {
      pass.inFlight.awaitNone();
    }
    return pass.absent.get();
  }

  private void look(SpoolId id, int length) {
    int room = Math.max(ROOM, length);
    inFlight.enter(room);
    CompletableFuture<byte[]> unused =
        source
            .load(id)
            .whenComplete(
                (found, failure) -> {
                  if (failure != null
                      && SpoolException.unwrap(failure) instanceof MessageNotFoundException) {
                    absent.incrementAndGet();
                  }
                  inFlight.leave(room);
                });
  }
}
