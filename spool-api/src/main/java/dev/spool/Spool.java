package dev.spool;

import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A durable store of messages that were accepted and not yet delivered: written once, read zero to
 * a few times, and removed, usually within seconds.
 *
 * <p>Safe for use by any number of threads. No call blocks its caller on I/O, and none throws for
 * an I/O reason: failures complete the future, as a {@link SpoolException}. Null arguments and
 * misuse throw at once. A future that needs no I/O may be returned completed; others complete on
 * the spool's callback executor, never on a thread that owns I/O. Cancelling a future withdraws a
 * write that has not been taken up yet, and never reaches I/O already begun. Interrupting a caller
 * harms nothing.
 *
 * <p>After {@link #shutdown()} has begun every call fails with {@link SpoolClosedException}; {@link
 * #health()}, {@link #stats()} and {@link #unhealthyReason()} still answer.
 */
public interface Spool extends AutoCloseable {

  /**
   * Reads a message: exactly the bytes that were stored, verified by checksum whenever they are
   * read from storage, in an array that is the caller's own.
   *
   * <p>Fails with {@link MessageNotFoundException}; {@link MessageCorruptException} if the message
   * is there and damaged; {@link SpoolIOException} if it cannot be read now; {@link
   * BackpressureTimeoutException} if it waited longer than {@code loadDeadline} for its turn.
   *
   * <p>A message that is still in memory may come at once, and continuations then run on the
   * caller's thread: walk many messages in a loop, since a chain in which each continuation loads
   * the next one deepens the stack with each.
   */
  CompletableFuture<byte[]> load(SpoolId id);

  /**
   * Writes or replaces a message, atomically: after a crash at any point the id holds the old value
   * or the new one, whole. On completion what {@code durability} promises is true. A {@link
   * Durability#BUFFERED} replacement never endangers a {@link Durability#SYNC} value already there.
   * The empty message is a message.
   *
   * <p>The array is handed over: nobody may modify it after the call.
   *
   * <p>Fails with {@link SpoolUnhealthyException} or {@link SpoolFullException} while the spool
   * sheds load; {@link DeadlineExceededException} when {@code deadline} expires; {@link
   * BackpressureTimeoutException} when the spool's own {@code storeDeadline} does; {@link
   * MessageTooLargeException}; {@link SpoolIOException}; {@link SpoolReadOnlyException}. {@link
   * SpoolException#outcome()} tells whether the write may be there.
   *
   * @param deadline the caller waits no longer than this; null for no limit but the spool's
   */
  CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline);

  /** Stores with {@link Durability#SYNC} and without a deadline. */
  default CompletableFuture<Void> store(SpoolId id, byte[] data) {
    return store(id, data, Durability.SYNC, null);
  }

  /**
   * Removes a message. Removing an absent one completes normally. After completion {@link #load}
   * says not found; after a crash, what was acknowledged at its level stays removed. Tried even
   * while stores are refused.
   *
   * <p>Fails with {@link DeadlineExceededException}, {@link BackpressureTimeoutException}, {@link
   * SpoolIOException} or {@link SpoolReadOnlyException}.
   *
   * @param deadline the caller waits no longer than this; null for no limit but the spool's
   */
  CompletableFuture<Void> remove(SpoolId id, Durability durability, @Nullable Deadline deadline);

  /** Removes with {@link Durability#BUFFERED} and without a deadline. */
  default CompletableFuture<Void> remove(SpoolId id) {
    return remove(id, Durability.BUFFERED, null);
  }

  /**
   * Consume before you wait for the future: the scan goes no faster than the channel is emptied, so
   * waiting first waits for ever.
   *
   * <p>Sends every message that was created before {@code startTime}, and is present from start to
   * end, exactly once, in any order, as {@link SpoolEntry.Item}. Safe beside every other call: what
   * changes meanwhile may or may not be seen, never half seen. A damaged entry is sent as one
   * {@link SpoolEntry.Corrupt}, and the scan goes on. At the end the channel is completed, and the
   * future with it.
   *
   * <p>A scan that could not see everything fails the future and the channel alike, after what it
   * had emitted was received: it never looks complete. Closing the channel fails the future with
   * {@link ScanCancelledException}.
   *
   * <p>Memory is bounded by the channel's bounds, and no resource of the engine is held for a slow
   * consumer.
   *
   * @param channel a new channel, which this scan alone sends to
   * @param startTime entries created at or after it are skipped, and counted
   */
  CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime);

  /** Enumerates all messages that are present at the call, whatever their ids say of their age. */
  default CompletableFuture<ScanReport> enumerate(EntryChannel channel) {
    return enumerate(channel, Instant.MAX);
  }

  /**
   * As {@link #enumerate}, without payloads: sends {@link SpoolEntry.Listed}, and {@link
   * SpoolEntry.Corrupt} for what is seen to be damaged without reading payloads. Consume before you
   * wait for the future.
   */
  CompletableFuture<ScanReport> list(EntryChannel channel, Instant startTime);

  /** Lists all messages that are present at the call, whatever their ids say of their age. */
  default CompletableFuture<ScanReport> list(EntryChannel channel) {
    return list(channel, Instant.MAX);
  }

  /**
   * Does the periodic maintenance now. Safe beside every other call. A spool runs it by itself
   * every {@code cleanupInterval}.
   */
  CompletableFuture<CleanupReport> cleanup();

  /**
   * Flushes and compacts everything now: what was acknowledged before the call is synced, whatever
   * its level. What it finds broken fails the future. Safe beside every other call.
   *
   * <p>A spool that has nothing to compact completes with {@link CompactionReport#NONE}. The
   * default is for one that has nothing to flush either.
   */
  default CompletableFuture<CompactionReport> compact() {
    return CompletableFuture.completedFuture(CompactionReport.NONE);
  }

  /** Flushes and drops caches; completes with the bytes of memory saved, which may be negative. */
  CompletableFuture<Long> adviseLowMemory();

  /**
   * Moves a damaged entry out of the spool, into {@code directory} (created if need be), with the
   * reason in a file beside it.
   *
   * <p>Fails with {@link MessageNotFoundException} if there is no entry of that id; with a plain
   * {@link SpoolException} if the entry is whole: it is left alone.
   */
  CompletableFuture<Void> quarantine(SpoolId id, Path directory);

  /**
   * Closes the spool: refuses new calls, fails those that still wait for admission at once, cancels
   * scans, lets writes that have begun finish, syncs what is buffered, and releases the directory.
   * Idempotent: every call returns the outcome of the first.
   *
   * <p>Bounded by {@code shutdownTimeout}, after which the future fails and names what is left.
   */
  CompletableFuture<Void> shutdown();

  /**
   * Returns null while the spool takes stores, and else a bland constant that is fit to show to a
   * peer. So cheap that every connection can ask: one lock-free read, no I/O, no allocation.
   * Non-null from the start of {@link #shutdown()}.
   */
  default @Nullable String unhealthyReason() {
    return null;
  }

  /** Returns the state, its cause and its start, for the operator. Never blocks. */
  SpoolHealth health();

  /** Returns the spool's figures. Never blocks. */
  SpoolStats stats();

  /**
   * Shuts down and waits. May be called from a callback of this spool.
   *
   * @throws SpoolException if the shutdown fails
   */
  @Override
  default void close() {
    try {
      shutdown().join();
    } catch (CompletionException | CancellationException e) {
      throw SpoolException.unwrap(e);
    }
  }
}
