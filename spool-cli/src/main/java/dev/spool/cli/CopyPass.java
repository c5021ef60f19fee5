package dev.spool.cli;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.MessageTooLargeException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Compares every message of one spool with what another holds under the same id, byte for byte. The
 * first pass of a copy stores what is missing there; the second one, over spools that were opened
 * again, stores nothing, and so proves that nothing is missing.
 *
 * <p>This is also what makes a copy resumable: what is there already is found equal, and left. What
 * is there and differs is never overwritten.
 *
 * <p>Many comparisons and stores are under way at once, so that they share the disk's syncs.
 */
final class CopyPass {
  private static final int ENTRIES = 256;
  private static final long BYTES = 8L << 20;

  private final Spool from;
  private final Spool to;
  private final boolean storing;
  private final CopyReport report;
  private final InFlight inFlight = new InFlight();

  /** What showed the target to be unable; set once, by any thread. */
  private final AtomicReference<@Nullable SpoolException> stopped = new AtomicReference<>();

  private CopyPass(Spool from, Spool to, boolean storing, CopyReport report) {
    this.from = from;
    this.to = to;
    this.storing = storing;
    this.report = report;
  }

  /** Makes the pass that stores what is missing, durably. */
  static CopyPass storing(Spool from, Spool to, CopyReport report) {
    return new CopyPass(from, to, true, report);
  }

  /** Makes the pass that stores nothing. */
  static CopyPass verifying(Spool from, Spool to, CopyReport report) {
    return new CopyPass(from, to, false, report);
  }

  /**
   * Goes through all of the source.
   *
   * @return why the source could not be seen as a whole, or null if it was; all that could be seen
   *     was compared
   * @throws SpoolException if the target failed, or takes no more; what is there stays there
   */
  @Nullable SpoolException run() {
    SpoolException incomplete = null;
    try (EntryChannel channel = EntryChannel.bounded(ENTRIES, BYTES)) {
      CompletableFuture<ScanReport> scan = from.enumerate(channel);
      for (SpoolEntry entry : channel) {
        if (stopped.get() != null) {
          break;
        }
        take(entry);
      }
      if (stopped.get() == null) {
        scan.join();
      }
    } catch (SpoolException | CompletionException e) {
      incomplete = SpoolException.unwrap(e);
    } finally {
      inFlight.awaitNone();
    }
    SpoolException failure = stopped.get();
    if (failure != null) {
      throw failure;
    }
    return incomplete;
  }

  private void take(SpoolEntry entry) {
    if (entry instanceof SpoolEntry.Item item) {
      inFlight.enter(item.data().length);
      CompletableFuture<byte[]> unused =
          to.load(item.id()).whenComplete((found, failure) -> loaded(item, found, failure));
    } else if (entry instanceof SpoolEntry.Corrupt corrupt) {
      report.damagedInSource(corrupt);
    }
  }

  private void loaded(SpoolEntry.Item item, byte @Nullable [] found, @Nullable Throwable failure) {
    boolean settled = true;
    try {
      settled = compare(item, found, failure);
    } catch (Throwable t) { // nobody would hear of it, and the pass would never end
      failed(item, SpoolException.unwrap(t));
    } finally {
      if (settled) {
        inFlight.leave(item.data().length);
      }
    }
  }

  /** Returns whether that is all; a store that was begun settles the message itself. */
  private boolean compare(
      SpoolEntry.Item item, byte @Nullable [] found, @Nullable Throwable failure) {
    if (found != null) {
      if (Arrays.equals(found, item.data())) {
        report.equal(item.data().length);
      } else {
        report.differs(item.id(), item.data().length, found.length);
      }
      return true;
    }
    SpoolException why =
        SpoolException.unwrap(failure == null ? new NullPointerException("found") : failure);
    if (!(why instanceof MessageNotFoundException)) {
      failed(item, why);
    } else if (!storing) {
      report.missing(item.id());
    } else if (stopped.get() == null) { // else it would be refused, too
      CompletableFuture<Void> unused =
          to.store(item.id(), item.data(), Durability.SYNC, null)
              .whenComplete((done, notStored) -> stored(item, notStored));
      return false;
    }
    return true;
  }

  private void stored(SpoolEntry.Item item, @Nullable Throwable failure) {
    try {
      if (failure == null) {
        report.stored(item.data().length);
      } else {
        failed(item, SpoolException.unwrap(failure));
      }
    } finally {
      inFlight.leave(item.data().length);
    }
  }

  private void failed(SpoolEntry.Item item, SpoolException failure) {
    if (failure instanceof MessageTooLargeException) {
      report.tooLarge(item.id(), failure);
    } else if (failure instanceof MessageCorruptException) {
      report.damagedInTarget(item.id(), failure);
    } else {
      boolean unused = stopped.compareAndSet(null, failure);
    }
  }
}
