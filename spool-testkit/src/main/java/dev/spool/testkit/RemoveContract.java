package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was removed is gone, and removing is idempotent. */
public interface RemoveContract extends BackendContract {

  /** A removed message is not found, and not seen by scans. */
  @Test
  default void removedMessageIsGone(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.of(1, 10)));
      Check.get(spool.remove(id));
      Check.absent(spool, id);
      Check.holdsExactly(spool, Map.of());
    }
  }

  /** A removal at SYNC does the same. */
  @Test
  default void removedAtSync(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.of(1, 10)));
      Check.get(spool.remove(id, Durability.SYNC, null));
      Check.absent(spool, id);
    }
  }

  /** Removing a message that was never there completes normally. */
  @Test
  default void removingAnAbsentMessageCompletes(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      Check.get(spool.remove(SpoolId.random()));
      Check.get(spool.remove(SpoolId.random(), Durability.SYNC, null));
    }
  }

  /** Removing twice completes twice, also at once. */
  @Test
  default void removingTwiceCompletes(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.of(1, 10)));
      CompletableFuture<Void> first = spool.remove(id);
      CompletableFuture<Void> second = spool.remove(id);
      Check.get(first);
      Check.get(second);
      Check.get(spool.remove(id));
      Check.absent(spool, id);
    }
  }

  /** An id can be used again after its removal. */
  @Test
  default void storedAgainAfterRemoval(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      for (int i = 0; i < 10; i++) {
        Check.get(spool.store(id, Messages.of(i, 100 - i), Durability.BUFFERED, null));
        Check.holds(spool, id, Messages.of(i, 100 - i));
        Check.get(spool.remove(id));
        Check.absent(spool, id);
      }
      Check.get(spool.store(id, Messages.of(11, 11)));
      Check.holdsExactly(spool, Map.of(id, Messages.of(11, 11)));
    }
  }

  /** Removing one message leaves its neighbours alone. */
  @Test
  default void neighboursStay(@TempDir Path dir) {
    SpoolId id = SpoolId.random();
    Map<SpoolId, byte[]> others = new LinkedHashMap<>();
    for (int i = 0; i < 20; i++) {
      others.put(SpoolId.withTimestampOf(id), Messages.of(i, i));
    }
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, others);
      Check.get(spool.store(id, Messages.of(1, 10)));
      Check.get(spool.remove(id));
      Check.holdsExactly(spool, others);
    }
  }

  /** A spool that many messages went through is empty once all were removed. */
  @Test
  default void drainedSpoolIsEmpty(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(1, 300, 20_000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      List<CompletableFuture<Void>> removals = new ArrayList<>();
      messages.keySet().forEach(id -> removals.add(spool.remove(id)));
      removals.forEach(Check::get);
      assertThat(Check.list(spool).entries()).isEmpty();
      messages.keySet().forEach(id -> Check.absent(spool, id));
    }
  }
}
