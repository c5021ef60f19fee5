package dev.spool.cache;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolStats;
import dev.spool.SpoolStats.Figure;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A spool that answers loads of recently stored and loaded messages from memory: most messages are
 * read once, seconds after they were stored.
 *
 * <p>Every promise of the wrapped spool holds through it:
 *
 * <ul>
 *   <li><b>No stale read.</b> Nothing gets into the cache but what an acknowledged store wrote, or
 *       a load returned, while no other change of that id was under way. A change takes its id out
 *       of the cache before it begins. After one whose outcome is unknown (a deadline, a
 *       cancellation, a failed sync) loads of that id go to the wrapped spool, and are not cached,
 *       until a later store, removal or quarantine of it was acknowledged.
 *   <li><b>Arrays are the caller's own.</b> The cache copies what it takes, and copies again what
 *       it gives.
 *   <li><b>Memory is bounded</b> by {@code maxBytes}: the lengths of the messages, and {@value
 *       #OVERHEAD_BYTES} bytes for each. Threads that put messages in may exceed it by one message
 *       each, until they have evicted others; a message that does not fit alone is not cached.
 *       Besides, at most 600 KiB say which ids are in doubt, and each call that is under way in the
 *       wrapped spool takes some hundred bytes here.
 * </ul>
 *
 * <p>A cached message is served in whatever health the wrapped spool is, also while it sheds load;
 * once that is shut down, no longer: every call fails with {@link dev.spool.SpoolClosedException}.
 * What is served was acknowledged by a store, or verified by a load; what has happened to it on
 * storage since then is not seen by a load that the cache answers. {@link #enumerate}, {@link
 * #list} and {@link #quarantine} always ask the wrapped spool. So after the device has failed, a
 * {@link Durability#BUFFERED} message that the backend has lost may be served from the cache for as
 * long as it stays there: a load that succeeds does not prove that the message is on storage.
 *
 * <p>All changes must go through this object. What another handle stores, removes or quarantines is
 * not noticed: one process owns a spool's directory, and has it open once; so do not use the
 * wrapped spool beside its cache, and do not cache a spool that was opened {@code readOnly} beside
 * its live owner.
 *
 * <p>Closing it closes the wrapped spool. Safe for use by any number of threads; it has none of its
 * own, and its futures complete where those of the wrapped spool do. A load that the cache answers
 * returns a completed future, and waits for no admission.
 */
public final class CachingSpool implements Spool {
  /**
   * What a cached message takes of the bound beside its length, in bytes: the id, the array's
   * header, Caffeine's node, and its places in the table and in the frequency sketch. Measured: 134
   * on JDK 17 with a million entries; more on heaps whose references are not compressed.
   */
  public static final int OVERHEAD_BYTES = 256;

  private final Spool spool;
  private final CachedMessages messages;
  private final Freshness freshness;

  private CachingSpool(Spool spool, long maxBytes) {
    this.spool = spool;
    messages = new CachedMessages(maxBytes);
    freshness = new Freshness(messages);
  }

  /**
   * Puts a cache around a spool.
   *
   * @param spool the spool, which from now on is used through its cache alone
   * @param maxBytes the bound in bytes, at least 1; a few seconds of traffic are enough
   * @throws IllegalArgumentException if {@code maxBytes} is below 1
   */
  public static CachingSpool wrap(Spool spool, long maxBytes) {
    Objects.requireNonNull(spool, "spool");
    if (maxBytes < 1) {
      throw new IllegalArgumentException("a cache holds at least 1 byte, not " + maxBytes);
    }
    return new CachingSpool(spool, maxBytes);
  }

  /**
   * {@inheritDoc}
   *
   * <p>A message that is cached is returned at once, in a completed future.
   */
  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    Objects.requireNonNull(id, "id");
    byte[] cached = messages.get(id);
    if (cached != null && !isClosed()) {
      return CompletableFuture.completedFuture(cached);
    }
    Freshness.Ticket ticket = freshness.beginLoad(id);
    return handOn(() -> spool.load(id), (data, failure) -> freshness.endLoad(ticket, data));
  }

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    Objects.requireNonNull(data, "data");
    Objects.requireNonNull(durability, "durability");
    return change(id, data, () -> spool.store(id, data, durability, deadline));
  }

  @Override
  public CompletableFuture<Void> remove(
      SpoolId id, Durability durability, @Nullable Deadline deadline) {
    Objects.requireNonNull(durability, "durability");
    return change(id, null, () -> spool.remove(id, durability, deadline));
  }

  /** {@inheritDoc} The cache forgets the message, whatever comes of it. */
  @Override
  public CompletableFuture<Void> quarantine(SpoolId id, Path directory) {
    Objects.requireNonNull(directory, "directory");
    return change(id, null, () -> spool.quarantine(id, directory));
  }

  private CompletableFuture<Void> change(
      SpoolId id, byte @Nullable [] data, Supplier<CompletableFuture<Void>> call) {
    Objects.requireNonNull(id, "id");
    Freshness.Ticket ticket = freshness.beginChange(id);
    return handOn(call, (done, failure) -> freshness.endChange(ticket, data, failure));
  }

  /**
   * Makes a call, and notes its end before the caller learns of it.
   *
   * @param ended is told the result or the failure, once
   */
  private static <T> CompletableFuture<T> handOn(
      Supplier<CompletableFuture<T>> call, BiConsumer<@Nullable T, @Nullable Throwable> ended) {
    CompletableFuture<T> source;
    try {
      source = call.get();
    } catch (Throwable t) {
      ended.accept(null, t);
      throw t;
    }
    HandedOn<T> handedOn = new HandedOn<>(source);
    // Not whenComplete, which would make an exception of its own, with its stack, of each failure.
    var unused =
        source.handle(
            (value, failure) -> {
              try {
                ended.accept(value, failure);
              } finally {
                handedOn.end(value, failure);
              }
              return true; // whatever came of the call
            });
    return handedOn;
  }

  @Override
  public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
    return spool.enumerate(channel, startTime);
  }

  @Override
  public CompletableFuture<ScanReport> list(EntryChannel channel, Instant startTime) {
    return spool.list(channel, startTime);
  }

  @Override
  public CompletableFuture<CleanupReport> cleanup() {
    return spool.cleanup();
  }

  @Override
  public CompletableFuture<CompactionReport> compact() {
    return spool.compact();
  }

  /** {@inheritDoc} The cache is dropped at once, and its bytes are counted. */
  @Override
  public CompletableFuture<Long> adviseLowMemory() {
    long dropped = messages.drop();
    return spool.adviseLowMemory().thenApply(saved -> dropped + saved);
  }

  @Override
  public CompletableFuture<Void> shutdown() {
    CompletableFuture<Void> ended = spool.shutdown();
    messages.drop();
    // Loads and stores that were under way may have been cached since.
    var unused = ended.whenComplete((done, failure) -> messages.drop());
    return ended;
  }

  @Override
  public void close() {
    try {
      spool.close(); // which may know to do it from a callback
    } finally {
      messages.drop();
    }
  }

  /** The wrapped spool knows, whoever closed it; a healthy one is asked by one read. */
  private boolean isClosed() {
    return spool.unhealthyReason() != null && spool.health().state() == SpoolHealth.State.CLOSED;
  }

  @Override
  public @Nullable String unhealthyReason() {
    return spool.unhealthyReason();
  }

  @Override
  public SpoolHealth health() {
    return spool.health();
  }

  /**
   * {@inheritDoc} They are those of the wrapped spool, and the cache's, whose names begin with
   * {@code cache}.
   */
  @Override
  public SpoolStats stats() {
    SpoolStats stats = spool.stats();
    List<Figure> figures = new ArrayList<>(stats.figures());
    figures.addAll(messages.figures());
    figures.add(
        CachedMessages.gauge(
            "cache.doubts",
            "",
            freshness.idsInDoubt(),
            "Ids that are not cached since a change of theirs ended with an unknown outcome."));
    return new SpoolStats(stats.name(), stats.backend(), figures);
  }

  /** Names the wrapped spool. */
  @Override
  public String toString() {
    return "CachingSpool[" + spool + "]";
  }
}
