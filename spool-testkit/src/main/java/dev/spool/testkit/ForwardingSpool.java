package dev.spool.testkit;

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
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A spool that hands every call on to another: the base of a test's own spool, which overrides what
 * it wants to break, to count or to hold up. For the usual faults there is {@link FaultySpool},
 * which only has to be told.
 *
 * <pre>{@code
 * Spool forgetful =
 *     new ForwardingSpool(Spools.open("memory:test")) {
 *       @Override
 *       public CompletableFuture<Void> store(
 *           SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
 *         return CompletableFuture.completedFuture(null); // acknowledged, and not stored
 *       }
 *     };
 * }</pre>
 *
 * <p>The short forms of {@code store}, {@code remove}, {@code enumerate} and {@code list} go by way
 * of the long ones: whoever overrides a long form has overridden both. {@link #close} is the
 * wrapped spool's own, which may be called from a callback; it does not go by way of {@link
 * #shutdown}: whoever overrides one of the two has to look at the other.
 *
 * <p>As safe for use by several threads as the wrapped spool.
 */
public abstract class ForwardingSpool implements Spool {
  /** The spool that calls are handed on to. */
  protected final Spool wrapped;

  /** Wraps a spool; closing the wrapper closes it. */
  protected ForwardingSpool(Spool wrapped) {
    this.wrapped = Objects.requireNonNull(wrapped, "wrapped");
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    return wrapped.load(id);
  }

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    return wrapped.store(id, data, durability, deadline);
  }

  @Override
  public CompletableFuture<Void> remove(
      SpoolId id, Durability durability, @Nullable Deadline deadline) {
    return wrapped.remove(id, durability, deadline);
  }

  @Override
  public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
    return wrapped.enumerate(channel, startTime);
  }

  @Override
  public CompletableFuture<ScanReport> list(EntryChannel channel, Instant startTime) {
    return wrapped.list(channel, startTime);
  }

  @Override
  public CompletableFuture<CleanupReport> cleanup() {
    return wrapped.cleanup();
  }

  @Override
  public CompletableFuture<CompactionReport> compact() {
    return wrapped.compact();
  }

  @Override
  public CompletableFuture<Long> adviseLowMemory() {
    return wrapped.adviseLowMemory();
  }

  @Override
  public CompletableFuture<Void> quarantine(SpoolId id, Path directory) {
    return wrapped.quarantine(id, directory);
  }

  @Override
  public CompletableFuture<Void> shutdown() {
    return wrapped.shutdown();
  }

  @Override
  public void close() {
    wrapped.close();
  }

  @Override
  public @Nullable String unhealthyReason() {
    return wrapped.unhealthyReason();
  }

  @Override
  public SpoolHealth health() {
    return wrapped.health();
  }

  @Override
  public SpoolStats stats() {
    return wrapped.stats();
  }

  /** Names the wrapped spool. */
  @Override
  public String toString() {
    return getClass().getSimpleName() + "[" + wrapped + "]";
  }
}
