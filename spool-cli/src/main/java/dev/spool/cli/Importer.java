package dev.spool.cli;

import dev.spool.Durability;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.MessageTooLargeException;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Keeps many stores in flight, so that they share the disk's syncs, and few enough bytes that the
 * memory is bounded.
 *
 * <p>Once the spool refuses or fails a store nothing more is read: what is in flight settles, and
 * all that follows is reported as not stored.
 */
final class Importer {
  private final Spool spool;
  private final long limit;
  private final ImportReport report;
  private final InFlight inFlight = new InFlight();

  /** Set by the first store that shows the spool to be unable; read by the thread that adds. */
  private volatile @Nullable SpoolException stopped;

  Importer(Spool spool, long limit, ImportReport report) {
    this.spool = spool;
    this.limit = limit;
    this.report = report;
  }

  /** Reads a file and begins to store it; waits while too much is in flight. */
  void add(ImportFile source) {
    if (stopped != null) {
      report.notStored(source.toString(), null);
      return;
    }
    try {
      if (source.length() > limit) {
        throw new MessageTooLargeException(source.length(), limit);
      }
      int room = (int) source.length();
      inFlight.enter(room);
      SpoolId id;
      byte[] message;
      try {
        message = source.read(limit);
        id = source.id(message);
      } catch (IOException | RuntimeException e) {
        inFlight.leave(room);
        throw e;
      }
      if (source.keepsId()) {
        storeUnlessThere(id, message, source.toString(), room);
      } else {
        store(id, message, source.toString(), room);
      }
    } catch (MessageTooLargeException e) {
      report.skipped(source.toString(), e.detail());
    } catch (IOException e) {
      report.skipped(source.toString(), ErrorReport.describe(e));
    }
  }

  /** Tells whether the spool was seen to be unable: nothing more will be stored. */
  boolean hasStopped() {
    return stopped != null;
  }

  /** Begins to store a message that was read already. */
  void add(SpoolId id, byte[] message, String name) {
    if (message.length > limit) {
      report.skipped(name, new MessageTooLargeException(message.length, limit).detail());
      return;
    }
    inFlight.enter(message.length);
    store(id, message, name, message.length);
  }

  private void store(SpoolId id, byte[] message, String name, int room) {
    CompletableFuture<Void> unused =
        spool
            .store(id, message, Durability.SYNC, null)
            .whenComplete(
                (done, failure) -> {
                  try {
                    settle(id, message.length, name, failure);
                  } finally {
                    inFlight.leave(room);
                  }
                });
  }

  /**
   * A message that brings its id along may be there already, and then what is there stays: it is
   * the same, or it was replaced since by its owner.
   */
  private void storeUnlessThere(SpoolId id, byte[] message, String name, int room) {
    CompletableFuture<byte[]> unused =
        spool
            .load(id)
            .whenComplete(
                (found, failure) -> {
                  if (failure != null
                      && SpoolException.unwrap(failure) instanceof MessageNotFoundException) {
                    store(id, message, name, room);
                    return;
                  }
                  try {
                    settleThere(id, message, name, found, failure);
                  } finally {
                    inFlight.leave(room);
                  }
                });
  }

  private void settleThere(
      SpoolId id,
      byte[] message,
      String name,
      byte @Nullable [] found,
      @Nullable Throwable failure) {
    if (failure != null) {
      SpoolException typed = SpoolException.unwrap(failure);
      if (typed instanceof MessageCorruptException) {
        report.skipped(name, "the spool has its id already: " + typed.detail());
      } else {
        stopped = typed;
        report.notStored(name, typed);
      }
    } else if (Arrays.equals(found, message)) {
      report.thereAlready(id, message.length, name);
    } else {
      report.skipped(
          name, "the spool has another message of its id " + id + ", which was left as it is");
    }
  }

  private void settle(SpoolId id, int length, String name, @Nullable Throwable failure) {
    if (failure == null) {
      report.stored(id, length, name);
      return;
    }
    SpoolException typed = SpoolException.unwrap(failure);
    if (typed instanceof MessageTooLargeException) {
      report.skipped(name, typed.detail());
    } else {
      stopped = typed;
      report.notStored(name, typed);
    }
  }

  /** Waits until everything in flight is settled. */
  void finish() {
    inFlight.awaitNone();
  }
}
