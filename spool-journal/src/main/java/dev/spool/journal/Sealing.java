package dev.spool.journal;

import dev.spool.support.Scarcity;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What is left to be done for a segment that is full: its records are to be synced, if they are
 * not, and then its summary to be written, and synced. Nobody else writes to the segment, or syncs
 * it, meanwhile.
 *
 * <p>One thread does it, whichever comes first; any number wait for it. What follows from it is for
 * the thread that writes the journal.
 */
final class Sealing {
  private final Segment segment;
  private final Summary summary;
  private final long end;
  private final boolean synced;
  private final Rules rules;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();

  /** The last write of the journal that is in there. Set by the thread that writes the journal. */
  private long covers;

  /** Whether somebody was asked to do it. The thread's that writes the journal. */
  private boolean handedOver;

  /**
   * @param end where its records end, all of which were handed to the operating system
   * @param synced whether they are on stable storage
   */
  Sealing(Segment segment, Summary summary, long end, boolean synced, Rules rules) {
    this.segment = segment;
    this.summary = summary;
    this.end = end;
    this.synced = synced;
    this.rules = rules;
  }

  Segment segment() {
    return segment;
  }

  /** Tells whether the records were on stable storage before. */
  boolean isSynced() {
    return synced;
  }

  long covers() {
    return covers;
  }

  void covers(long write) {
    covers = write;
  }

  /** Tells whether nobody was asked to do it, and says that somebody is now. */
  boolean handOver() {
    boolean first = !handedOver;
    handedOver = true;
    return first;
  }

  boolean isHandedOver() {
    return handedOver;
  }

  boolean isDone() {
    return done.isDone();
  }

  /** Does it, unless somebody has begun; then this waits. For any thread. */
  void complete() throws IOException {
    if (begun.compareAndSet(false, true)) {
      try {
        seal();
        done.complete(null);
      } catch (Throwable e) {
        Scarcity.fail(done, e); // others wait for it
      }
    }
    try {
      done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw e;
    }
  }

  private void seal() throws IOException {
    if (!synced && rules.syncsBeforeSeal()) {
      Tail.force(segment.file());
    }
    summary.write(segment, end);
    Tail.force(segment.file());
  }
}
