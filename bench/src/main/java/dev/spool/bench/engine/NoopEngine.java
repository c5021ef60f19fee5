package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import java.util.concurrent.CompletableFuture;

/** Stores nothing: its figures are what the harness itself costs. */
final class NoopEngine implements Engine {
  private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    return DONE;
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    return DONE;
  }

  @Override
  public void close() {}
}
