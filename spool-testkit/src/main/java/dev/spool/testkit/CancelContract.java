package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cancelling a future withdraws a write that has not been taken up, and harms nothing else. */
public interface CancelContract extends BackendContract {

  /**
   * A store that is cancelled at any moment is there whole, or not at all; replacements are old or
   * new.
   */
  @Test
  default void cancelledStoreIsWholeOrAbsent(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      List<SpoolId> ids = new ArrayList<>();
      List<CompletableFuture<Void>> stores = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        SpoolId id = SpoolId.random();
        ids.add(id);
        CompletableFuture<Void> store =
            spool.store(
                id,
                Messages.numbered(i, 2000),
                i % 4 == 0 ? Durability.SYNC : Durability.BUFFERED,
                null);
        stores.add(store);
        if (i % 2 == 0) {
          store.cancel(true);
        }
      }
      for (int i = 0; i < ids.size(); i++) {
        if (!stores.get(i).isCancelled()) {
          Check.get(stores.get(i));
          Check.holds(spool, ids.get(i), Messages.numbered(i, 2000));
        }
      }
      Check.enumerate(spool)
          .items()
          .forEach((id, data) -> Check.same(data, Messages.numbered(ids.indexOf(id), 2000)));
    }
  }

  /** A cancelled removal leaves the message whole, or removes it. */
  @Test
  default void cancelledRemovalIsAllOrNothing(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(1, 100, 2000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      messages.keySet().forEach(id -> spool.remove(id).cancel(true));
      Check.enumerate(spool)
          .items()
          .forEach((id, data) -> Check.same(data, messages.getOrDefault(id, new byte[0])));
      List<CompletableFuture<Void>> removals = new ArrayList<>();
      messages.keySet().forEach(id -> removals.add(spool.remove(id)));
      removals.forEach(Check::get);
      Check.holdsExactly(spool, Map.of());
    }
  }

  /** Cancelled loads leave nothing behind that would hold later ones up. */
  @Test
  default void cancelledLoadsHarmNothing(@TempDir Path dir) {
    byte[] message = Messages.of(1, 50_000);
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, message));
      for (int i = 0; i < 300; i++) {
        spool.load(id).cancel(true);
      }
      Check.holds(spool, id, message);
    }
  }

  /** A cancelled scan's future does not hold the spool up, once the channel is closed too. */
  @Test
  default void cancelledScanFutureHarmsNothing(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(2, 50, 2000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      for (int i = 0; i < 20; i++) {
        EntryChannel channel = EntryChannel.bounded(1, 1);
        spool.enumerate(channel).cancel(true);
        channel.close();
      }
      Check.holdsExactly(spool, messages);
    }
  }

  /**
   * A store that is cancelled while it waits for its turn is withdrawn, and gives its turn to the
   * next.
   */
  @Test
  default void cancelledWaitingStoreIsWithdrawn(@TempDir Path dir) {
    if (!has(Trait.STALLS)) {
      cancelledStoreIsWholeOrAbsent(dir);
      return;
    }
    Map<String, String> settings =
        has(Trait.ADMISSION) ? Map.of("maxConcurrentStores", "1") : Map.of();
    try (Stallable stallable = fixture().openStallable(dir, settings)) {
      Spool spool = stallable.spool();
      SpoolId first = SpoolId.random();
      SpoolId cancelled = SpoolId.random();
      SpoolId last = SpoolId.random();
      stallable.gate().shut();
      CompletableFuture<Void> held = spool.store(first, Messages.of(1, 10));
      stallable.gate().awaitHeld();
      CompletableFuture<Void> withdrawn = spool.store(cancelled, Messages.of(2, 20));
      CompletableFuture<Void> next = spool.store(last, Messages.of(3, 30));
      assertThat(withdrawn.cancel(true)).isTrue();
      stallable.gate().open();
      Check.get(held);
      Check.get(next);
      Check.holdsExactly(spool, Map.of(first, Messages.of(1, 10), last, Messages.of(3, 30)));
    }
  }

  /**
   * Cancelling what shutdown returned does not undo the shutdown, nor confuse another who waits for
   * it.
   */
  @Test
  default void cancelledShutdownGoesOn(@TempDir Path dir) {
    Spool spool = open(dir);
    Check.get(spool.store(SpoolId.random(), Messages.of(1, 10)));
    spool.shutdown().cancel(true);
    Check.get(spool.shutdown());
    spool.close();
    open(dir).close();
  }
}
