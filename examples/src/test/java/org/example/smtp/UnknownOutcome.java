package org.example.smtp;

import dev.spool.CleanupReport;
import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolStats;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A spool that carries stores out and then says that it does not know. */
record UnknownOutcome(Spool wrapped, SpoolException failure) implements Spool {

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    return wrapped
        .store(id, data, durability, deadline)
        .thenCompose(stored -> CompletableFuture.failedFuture(failure));
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    return wrapped.load(id);
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
  public SpoolHealth health() {
    return wrapped.health();
  }

  @Override
  public SpoolStats stats() {
    return wrapped.stats();
  }
}
