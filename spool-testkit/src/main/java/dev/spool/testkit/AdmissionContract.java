package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.spool.BackpressureTimeoutException;
import dev.spool.Durability;
import dev.spool.MessageTooLargeException;
import dev.spool.Spool;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a spool takes in at once is bounded, and waiting for room holds no thread. */
public interface AdmissionContract extends BackendContract {

  /** A message of exactly the limit is stored; one more byte is too many, and is not applied. */
  @Test
  default void messageOverTheLimit(@TempDir Path dir) {
    if (!has(Trait.MESSAGE_LIMIT)) {
      assertRefused(dir, "maxMessageSize", "1000");
      return;
    }
    try (Spool spool = open(dir, "maxMessageSize", "1000")) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.of(1, 1000)));
      for (Durability durability : Durability.values()) {
        MessageTooLargeException failure =
            Check.failure(
                MessageTooLargeException.class,
                spool.store(id, Messages.of(2, 1001), durability, null));
        assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(failure.detail()).contains("1001").contains("1000");
      }
      Check.holdsExactly(spool, Map.of(id, Messages.of(1, 1000)));
    }
  }

  /** Sizes may be given in KiB and MiB. */
  @Test
  default void limitInKibibytes(@TempDir Path dir) {
    if (!has(Trait.MESSAGE_LIMIT)) {
      assertRefused(dir, "maxMessageSize", "1KiB");
      return;
    }
    try (Spool spool = open(dir, "maxMessageSize", "1KiB")) {
      Check.get(spool.store(SpoolId.random(), Messages.of(1, 1024)));
      Check.failure(
          MessageTooLargeException.class, spool.store(SpoolId.random(), Messages.of(2, 1025)));
    }
  }

  /** A message larger than all that may be in flight is admitted alone. */
  @Test
  default void largeMessageIsAdmittedAlone(@TempDir Path dir) {
    if (!has(Trait.ADMISSION)) {
      assertRefused(dir, "maxInFlightBytes", "1KiB");
      return;
    }
    Map<SpoolId, byte[]> messages = Messages.mixed(1, 100, 2000);
    for (int i = 0; i < 5; i++) {
      messages.put(SpoolId.random(), Messages.of(i, 100_000));
    }
    try (Spool spool = open(dir, "maxInFlightBytes", "1KiB")) {
      Check.storeAll(spool, messages);
      Check.holdsExactly(spool, messages);
    }
  }

  /** With one call at a time of each kind, many calls at once are all carried out. */
  @Test
  default void oneCallAtATime(@TempDir Path dir) {
    if (!has(Trait.ADMISSION)) {
      assertRefused(dir, "maxConcurrentStores", "1");
      assertRefused(dir, "maxConcurrentLoads", "1");
      assertRefused(dir, "maxConcurrentRemoves", "1");
      return;
    }
    Map<SpoolId, byte[]> messages = Messages.mixed(2, 200, 2000);
    try (Spool spool =
        open(
            dir,
            "maxConcurrentStores",
            "1",
            "maxConcurrentLoads",
            "1",
            "maxConcurrentRemoves",
            "1")) {
      Check.storeAll(spool, messages);
      Map<SpoolId, CompletableFuture<byte[]>> loads = new LinkedHashMap<>();
      messages.keySet().forEach(id -> loads.put(id, spool.load(id)));
      loads.forEach(
          (id, load) -> Check.same(Check.get(load), messages.getOrDefault(id, new byte[0])));
      List<CompletableFuture<Void>> removals = new ArrayList<>();
      messages.keySet().forEach(id -> removals.add(spool.remove(id)));
      removals.forEach(Check::get);
      Check.holdsExactly(spool, Map.of());
    }
  }

  /**
   * When too many wait already, the next is refused at once, and not applied; what was let in is
   * carried out.
   */
  @Test
  default void waitingRoomIsFull(@TempDir Path dir) {
    if (!has(Trait.ADMISSION)) {
      assertRefused(dir, "maxWaiting", "1");
      return;
    }
    if (!has(Trait.STALLS)) {
      outcomesOfACrowdAreTrue(dir);
      return;
    }
    try (Stallable stallable =
        fixture()
            .openStallable(dir, Check.settings("maxConcurrentStores", "1", "maxWaiting", "2"))) {
      Spool spool = stallable.spool();
      Map<SpoolId, byte[]> messages = Messages.mixed(3, 3, 1000);
      List<CompletableFuture<Void>> stores = new ArrayList<>();
      stallable.gate().shut();
      messages.forEach((id, data) -> stores.add(spool.store(id, data)));
      stallable.gate().awaitHeld();
      BackpressureTimeoutException failure =
          Check.failure(
              BackpressureTimeoutException.class,
              spool.store(SpoolId.random(), Messages.of(4, 40)));
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      stores.forEach(store -> assertThat(store).isNotDone());
      stallable.gate().open();
      stores.forEach(Check::get);
      Check.holdsExactly(spool, messages);
    }
  }

  /**
   * In a crowd before a narrow door, a store that succeeded is there, and one that was turned away
   * is not.
   */
  @Test
  default void outcomesOfACrowdAreTrue(@TempDir Path dir) {
    if (!has(Trait.ADMISSION)) {
      assertRefused(dir, "maxWaiting", "10");
      return;
    }
    Map<SpoolId, byte[]> messages = Messages.mixed(5, 300, 2000);
    try (Spool spool = open(dir, "maxConcurrentStores", "1", "maxWaiting", "10")) {
      Map<SpoolId, CompletableFuture<Void>> stores = new LinkedHashMap<>();
      messages.forEach((id, data) -> stores.put(id, spool.store(id, data)));
      Map<SpoolId, byte[]> stored = new LinkedHashMap<>(messages);
      stores.forEach(
          (id, store) -> {
            try {
              Check.get(store);
            } catch (BackpressureTimeoutException e) {
              assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED);
              stored.remove(id);
            }
          });
      Check.holdsExactly(spool, stored);
      SpoolId after = SpoolId.random();
      Check.get(spool.store(after, Messages.of(6, 60)));
      Check.holds(spool, after, Messages.of(6, 60));
    }
  }

  /** Room is given back by calls that failed, as by those that succeeded. */
  @Test
  default void roomIsGivenBackByFailures(@TempDir Path dir) {
    if (!has(Trait.ADMISSION)) {
      assertRefused(dir, "maxConcurrentLoads", "2");
      return;
    }
    try (Spool spool =
        open(dir, "maxConcurrentLoads", "2", "maxInFlightBytes", "1KiB", "maxWaiting", "4")) {
      for (int i = 0; i < 100; i++) {
        Check.absent(spool, SpoolId.random());
      }
      SpoolId id = SpoolId.random();
      for (int i = 0; i < 100; i++) {
        spool.store(id, Messages.of(i, 1000)).cancel(true);
        Check.get(spool.store(id, Messages.of(i, 1000), Durability.BUFFERED, null));
      }
      Check.holds(spool, id, Messages.of(99, 1000));
    }
  }

  private void assertRefused(Path dir, String setting, String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(dir.resolve("refused"), setting, value).close())
        .withMessageContaining(setting);
  }
}
