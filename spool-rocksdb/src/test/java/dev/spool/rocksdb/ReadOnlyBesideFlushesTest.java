package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Opening read-only while the owner flushes and deletes its logs shows all that had been
 * acknowledged.
 */
class ReadOnlyBesideFlushesTest {

  @Test
  void nothingThatWasAcknowledgedIsHidden(@TempDir Path dir) {
    Set<SpoolId> acknowledged = ConcurrentHashMap.newKeySet();
    AtomicBoolean stop = new AtomicBoolean();
    RocksSpool.Builder builder = RocksSpool.builder(dir).ballast(0).writeBufferSize(128 << 10);
    try (RocksSpool owner = builder.open()) {
      CompletableFuture<Void> storing =
          CompletableFuture.runAsync(() -> storeUntil(stop, owner, acknowledged));
      try {
        Spooled.await("the owner stores", () -> acknowledged.size() > 100);
        for (int i = 0; i < 30; i++) {
          Set<SpoolId> before = Set.copyOf(acknowledged);
          try (RocksSpool reader = RocksSpool.builder(dir).readOnly(true).open()) {
            Map<SpoolId, byte[]> seen = Spooled.enumerate(reader);
            assertThat(seen.keySet()).containsAll(before);
          }
        }
      } finally {
        stop.set(true);
      }
      Spooled.get(storing);
    }
  }

  private static void storeUntil(AtomicBoolean stop, RocksSpool owner, Set<SpoolId> acknowledged) {
    while (!stop.get()) {
      SpoolId id = SpoolId.random();
      Spooled.get(owner.store(id, new byte[2000], Durability.BUFFERED, null));
      acknowledged.add(id);
      if (acknowledged.size() % 10_000 == 0) {
        Spooled.get(owner.compact());
      }
    }
  }
}
