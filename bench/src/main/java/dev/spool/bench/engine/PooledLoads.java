package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.SpoolId;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Loads on threads for that what a store would load on its caller's: in a life of a message that
 * would be the committer, which has the next group to write.
 */
public final class PooledLoads implements Engine.Loads {
  private static final ExecutorService THREADS =
      Executors.newFixedThreadPool(
          Math.max(2, Runtime.getRuntime().availableProcessors()),
          task -> {
            Thread thread = new Thread(task, "loads");
            thread.setDaemon(true);
            return thread;
          });

  private final Engine.Loads store;

  private PooledLoads(Engine.Loads store) {
    this.store = store;
  }

  /** Returns a store that does no load on its caller's thread, unless its callers are many. */
  public static Engine of(EngineType type, Engine store) {
    return type.style() == EngineType.Style.ASYNC && store instanceof LoadsInPlace here
        ? new PooledLoads(here)
        : store;
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    return CompletableFuture.supplyAsync(() -> store.load(id).join(), THREADS);
  }

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    return store.store(id, data, durability);
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    return store.remove(id);
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
