package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.BackpressureTimeoutException;
import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A deadline that fires says whose it was, and whether the write may be there. */
public interface DeadlineContract extends BackendContract {

  /** A store whose deadline had expired is not applied. */
  @Test
  default void expiredStoreIsNotApplied(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      assertExpired(spool.store(id, Messages.of(1, 10), Durability.SYNC, expired()));
      Check.absent(spool, id);
      Check.holdsExactly(spool, Map.of());
    }
  }

  /** A replacement whose deadline had expired leaves the old message. */
  @Test
  default void expiredReplacementLeavesTheOldMessage(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.of(1, 10)));
      assertExpired(spool.store(id, Messages.of(2, 20), Durability.BUFFERED, expired()));
      Check.holdsExactly(spool, Map.of(id, Messages.of(1, 10)));
    }
  }

  /** A removal whose deadline had expired leaves the message. */
  @Test
  default void expiredRemovalLeavesTheMessage(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.of(1, 10)));
      assertExpired(spool.remove(id, Durability.SYNC, expired()));
      Check.holdsExactly(spool, Map.of(id, Messages.of(1, 10)));
    }
  }

  /** What a peer is shown of an expired deadline names neither ids nor paths. */
  @Test
  default void messageOfAnExpiredDeadlineIsBland(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      SpoolException failure =
          Check.failure(spool.store(id, Messages.of(1, 10), Durability.SYNC, expired()));
      assertThat(failure.getMessage()).doesNotContain(id.toString()).doesNotContain(dir.toString());
    }
  }

  /** A deadline that is far away changes nothing. */
  @Test
  default void distantDeadlineDoesNotFire(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      SpoolId id = SpoolId.random();
      Check.get(
          spool.store(
              id, Messages.of(1, 10), Durability.SYNC, Deadline.after(Duration.ofDays(100_000))));
      Check.holds(spool, id, Messages.of(1, 10));
      Check.get(spool.remove(id, Durability.SYNC, Deadline.after(Duration.ofHours(1))));
      Check.absent(spool, id);
    }
  }

  /** Whenever a short deadline fires, the outcome it tells is true: NOT_APPLIED means absent. */
  @Test
  default void outcomeOfShortDeadlinesIsTrue(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(1, 300, 20_000);
    Map<SpoolId, CompletableFuture<Void>> stores = new LinkedHashMap<>();
    try (Spool spool = open(dir)) {
      int nth = 0;
      for (Map.Entry<SpoolId, byte[]> message : messages.entrySet()) {
        Deadline deadline = Deadline.after(Duration.ofNanos(10_000L * (nth++ % 200)));
        stores.put(
            message.getKey(),
            spool.store(message.getKey(), message.getValue(), Durability.SYNC, deadline));
      }
      Map<SpoolId, Outcome> failed = new LinkedHashMap<>();
      stores.forEach(
          (id, store) -> {
            try {
              Check.get(store);
            } catch (DeadlineExceededException e) {
              failed.put(id, e.outcome());
            }
          });
      Map<SpoolId, byte[]> seen = Check.enumerate(spool).items();
      messages.forEach(
          (id, data) -> {
            byte[] found = seen.get(id);
            if (found != null) {
              Check.same(found, data);
              assertThat(failed.get(id))
                  .as("outcome of a store that was applied")
                  .isNotEqualTo(Outcome.NOT_APPLIED);
            } else {
              assertThat(failed).as("stores that failed").containsKey(id);
            }
          });
    }
  }

  /** The caller's deadline that fires while a store waits for its turn withdraws it. */
  @Test
  default void deadlineOfAWaitingStoreWithdrawsIt(@TempDir Path dir) {
    if (!has(Trait.STALLS)) {
      expiredStoreIsNotApplied(dir);
      return;
    }
    try (Stallable stallable = fixture().openStallable(dir, oneAtATime())) {
      Spool spool = stallable.spool();
      SpoolId held = SpoolId.random();
      SpoolId waiting = SpoolId.random();
      stallable.gate().shut();
      CompletableFuture<Void> first = spool.store(held, Messages.of(1, 10));
      stallable.gate().awaitHeld();
      assertExpired(
          spool.store(
              waiting, Messages.of(2, 20), Durability.SYNC, Deadline.after(Duration.ofMillis(20))));
      assertThat(first).isNotDone();
      stallable.gate().open();
      Check.get(first);
      Check.holdsExactly(spool, Map.of(held, Messages.of(1, 10)));
    }
  }

  /**
   * The caller's deadline that fires once a store has begun leaves its outcome unknown: old or new,
   * never a part.
   */
  @Test
  default void deadlineOfABegunStoreIsUnknown(@TempDir Path dir) {
    if (!has(Trait.STALLS)) {
      outcomeOfShortDeadlinesIsTrue(dir);
      return;
    }
    try (Stallable stallable = fixture().openStallable(dir, Map.of())) {
      Spool spool = stallable.spool();
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.numbered(1, 100)));
      stallable.gate().shut();
      int tried = 1;
      Duration limit = Duration.ofMillis(100);
      Outcome outcome;
      do { // until one has begun by then: the busier the machine, the longer that takes
        tried++;
        limit = limit.multipliedBy(3);
        CompletableFuture<Void> store =
            spool.store(
                id, Messages.numbered(tried, 100 * tried), Durability.SYNC, Deadline.after(limit));
        outcome = Check.failure(DeadlineExceededException.class, store).outcome();
      } while (outcome == Outcome.NOT_APPLIED && tried < 6);
      assertThat(outcome).isEqualTo(Outcome.UNKNOWN);
      stallable.gate().awaitHeld();
      stallable.gate().open();
      SpoolId later = SpoolId.random();
      Check.get(
          spool.store(later, Messages.of(3, 30))); // behind the other, so that its fate is decided
      byte[] seen = Check.get(spool.load(id));
      int version = (int) Messages.number(seen);
      assertThat(version).isIn(1, tried);
      Check.same(seen, Messages.numbered(version, 100 * version));
    }
  }

  /** The spool's own limit is told apart from the caller's deadline. */
  @Test
  default void ownLimitIsBackpressure(@TempDir Path dir) {
    if (!has(Trait.STALLS) || !has(Trait.ADMISSION)) {
      distantDeadlineDoesNotFire(dir);
      return;
    }
    Map<String, String> settings = new LinkedHashMap<>(oneAtATime());
    settings.put("storeDeadline", "500ms");
    try (Stallable stallable = fixture().openStallable(dir, settings)) {
      Spool spool = stallable.spool();
      SpoolId held = SpoolId.random();
      stallable.gate().shut();
      CompletableFuture<Void> first = spool.store(held, Messages.of(1, 10));
      stallable.gate().awaitHeld();
      List<CompletableFuture<Void>> waiting = new ArrayList<>();
      waiting.add(spool.store(SpoolId.random(), Messages.of(2, 20)));
      waiting.add(
          spool.store(
              SpoolId.random(),
              Messages.of(3, 30),
              Durability.SYNC,
              Deadline.after(Duration.ofHours(1))));
      for (CompletableFuture<Void> store : waiting) {
        BackpressureTimeoutException failure =
            Check.failure(BackpressureTimeoutException.class, store);
        assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      }
      stallable.gate().open();
      settle(first);
      assertThat(Check.enumerate(spool).items().keySet()).isSubsetOf(held);
    }
  }

  /** Lets one store at a time be under way, where that can be set. */
  private Map<String, String> oneAtATime() {
    return has(Trait.ADMISSION) ? Map.of("maxConcurrentStores", "1") : Map.of();
  }

  /**
   * Waits for a call that the spool's own limit may have ended, with an outcome that it must call
   * unknown.
   */
  private static void settle(CompletableFuture<Void> store) {
    try {
      Check.get(store);
    } catch (BackpressureTimeoutException e) {
      assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN);
    }
  }

  private static Deadline expired() {
    return Deadline.after(Duration.ZERO);
  }

  private static void assertExpired(CompletableFuture<Void> call) {
    DeadlineExceededException failure = Check.failure(DeadlineExceededException.class, call);
    assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
  }
}
