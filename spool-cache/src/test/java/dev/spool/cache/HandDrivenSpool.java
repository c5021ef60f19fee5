package dev.spool.cache;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.testkit.ForwardingSpool;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A spool whose calls end when, and as, the test completes their futures. */
final class HandDrivenSpool extends ForwardingSpool {
  /** Loads that the test has not taken yet, oldest first. */
  final Deque<CompletableFuture<byte[]>> loads = new ArrayDeque<>();

  /** Stores, removals and quarantines that the test has not taken yet, oldest first. */
  final Deque<CompletableFuture<Void>> changes = new ArrayDeque<>();

  /** What the next call throws, instead of returning a future. */
  @Nullable RuntimeException thrown;

  /** What shutting down returns, without closing anything; null to hand that on. */
  @Nullable CompletableFuture<Void> shutdown;

  HandDrivenSpool(Spool wrapped) {
    super(wrapped);
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    return add(loads);
  }

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    return add(changes);
  }

  @Override
  public CompletableFuture<Void> remove(
      SpoolId id, Durability durability, @Nullable Deadline deadline) {
    return add(changes);
  }

  @Override
  public CompletableFuture<Void> quarantine(SpoolId id, Path directory) {
    return add(changes);
  }

  @Override
  public CompletableFuture<Void> shutdown() {
    CompletableFuture<Void> held = shutdown;
    return held == null ? super.shutdown() : held;
  }

  private <T> CompletableFuture<T> add(Deque<CompletableFuture<T>> calls) {
    if (thrown != null) {
      throw thrown;
    }
    CompletableFuture<T> call = new CompletableFuture<>();
    calls.add(call);
    return call;
  }
}
