package dev.spool.cache;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.testkit.ForwardingSpool;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The cache that one writes first, and that serves stale messages: it believes whatever ends last.
 * The tests of the cache must catch it.
 */
final class NaiveCache extends ForwardingSpool {
  private final Map<SpoolId, byte[]> messages = new ConcurrentHashMap<>();

  NaiveCache(Spool wrapped) {
    super(wrapped);
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    byte[] cached = messages.get(id);
    return cached != null
        ? CompletableFuture.completedFuture(cached.clone())
        : super.load(id)
            .thenApply(
                data -> {
                  messages.put(id, data);
                  return data.clone();
                });
  }

  @Override
  public CompletableFuture<Void> store(
      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
    return super.store(id, data, durability, deadline).thenRun(() -> messages.put(id, data));
  }

  @Override
  public CompletableFuture<Void> remove(
      SpoolId id, Durability durability, @Nullable Deadline deadline) {
    return super.remove(id, durability, deadline).thenRun(() -> messages.remove(id));
  }
}
