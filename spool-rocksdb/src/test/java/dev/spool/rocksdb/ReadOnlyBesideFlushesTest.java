package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Opening read-only while the owner flushes and deletes its logs hides nothing that had been
 * acknowledged.
 */
@Tag("same-on-any-jdk")
class ReadOnlyBesideFlushesTest {
  private static final int ROUNDS = 20;
  private static final int STORES_A_ROUND = 500;

  @Test
  void nothingThatWasAcknowledgedIsHidden(@TempDir Path dir) {
    Set<SpoolId> acknowledged = ConcurrentHashMap.newKeySet();
    Semaphore stores = new Semaphore(0);
    RocksSpool.Builder builder = RocksSpool.builder(dir).ballast(0).writeBufferSize(128 << 10);
    try (RocksSpool owner = builder.open()) {
      CompletableFuture<Void> storing =
          CompletableFuture.runAsync(() -> store(owner, stores, acknowledged));
      for (int i = 0; i < ROUNDS; i++) {
        stores.release(STORES_A_ROUND);
        Set<SpoolId> before = Set.copyOf(acknowledged);
        try (RocksSpool reader = RocksSpool.builder(dir).readOnly(true).open()) {
          assertThat(Spooled.enumerate(reader).keySet()).containsAll(before);
        }
      }
      Spooled.get(storing);
    }
  }

  private static void store(RocksSpool owner, Semaphore stores, Set<SpoolId> acknowledged) {
    for (int i = 0; i < ROUNDS * STORES_A_ROUND; i++) {
      stores.acquireUninterruptibly();
      SpoolId id = SpoolId.random();
      Spooled.get(owner.store(id, new byte[2000], Durability.BUFFERED, null));
      acknowledged.add(id);
    }
  }

  /**
   * The race itself is too narrow to be met: so the owner changes its manifest at the worst moment,
   * once.
   */
  @Test
  void openingDuringWhichTheManifestChangesIsThrownAway(@TempDir Path dir) throws Exception {
    try (RocksSpool owner = RocksSpool.builder(dir).ballast(0).open()) {
      Map<SpoolId, byte[]> messages = Map.of(SpoolId.random(), new byte[1000]);
      messages.forEach((id, data) -> Spooled.get(owner.store(id, data)));
      AtomicInteger looks = new AtomicInteger();
      Disk disk =
          afterEachLook(
              () -> {
                if (looks.incrementAndGet() == 1) {
                  Spooled.get(owner.compact());
                }
              });
      DbHandle handle =
          ReadOnlyEngine.open(disk, new RocksLayout(dir), RocksSpool.builder(dir).settings());
      assertThat(looks).as("two for each of two openings").hasValue(4);
      handle.refuse();
      handle.free();
    }
  }

  /** Returns a disk that does something after it has told the length of a file. */
  private static Disk afterEachLook(Runnable action) {
    Disk system = Disk.system();
    return (Disk)
        Proxy.newProxyInstance(
            Disk.class.getClassLoader(),
            new Class<?>[] {Disk.class},
            (proxy, method, args) -> {
              Object result;
              try {
                result = method.invoke(system, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (method.getName().equals("facts")) {
                action.run();
              }
              return result;
            });
  }
}
