package dev.spool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.DeadlineExceededException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.lang.Thread.State;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class FreshnessTest {
  private final CachedMessages messages = new CachedMessages(1 << 20);
  private final Freshness freshness = new Freshness(messages);

  @Test
  void nothingIsKeptOfCallsThatHaveEnded() {
    List<Freshness.Ticket> loads = new ArrayList<>();
    List<Freshness.Ticket> changes = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      SpoolId id = SpoolId.random();
      loads.add(freshness.beginLoad(id));
      changes.add(freshness.beginChange(id));
      changes.add(freshness.beginChange(id));
      loads.add(freshness.beginLoad(id));
    }
    assertThat(freshness.idsUnderWay()).isEqualTo(1000);
    loads.forEach(load -> freshness.endLoad(load, new byte[1]));
    for (int i = 0; i < changes.size(); i++) {
      Outcome outcome = i % 2 == 0 ? Outcome.UNKNOWN : Outcome.NOT_APPLIED;
      freshness.endChange(
          changes.get(i),
          new byte[1],
          i % 3 == 0 ? new DeadlineExceededException("by a test", outcome) : null);
    }
    assertThat(freshness.idsUnderWay()).isZero();
  }

  @Test
  void idIsForgottenOnlyWithItsLastCall() {
    SpoolId id = SpoolId.random();
    Freshness.Ticket load = freshness.beginLoad(id);
    Freshness.Ticket change = freshness.beginChange(id);
    freshness.endChange(change, null, null);
    assertThat(freshness.idsUnderWay()).isEqualTo(1);
    freshness.endLoad(load, new byte[1]);
    assertThat(freshness.idsUnderWay()).isZero();
    assertThat(messages.get(id)).isNull();
  }

  /**
   * A put that meets the upkeep of another thread leaves its own to whoever comes next, which may
   * be nobody.
   */
  @Test
  void boundHoldsThoughTheUpkeepOfAnotherThreadWasInTheWay() {
    CachedMessages small = new CachedMessages(2 * (100 + CachingSpool.OVERHEAD_BYTES));
    Freshness fresh = new Freshness(small);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<Void> upkeep = holdUpkeep(small, release);
    Thread caching =
        new Thread(
            () -> {
              for (int i = 0; i < 20; i++) {
                fresh.endLoad(fresh.beginLoad(SpoolId.random()), new byte[100]);
              }
            });
    caching.start();
    await(() -> EnumSet.of(State.WAITING, State.TERMINATED).contains(caching.getState()));
    release.countDown();
    upkeep.join();
    await(() -> caching.getState() == State.TERMINATED);
    assertThat(small.entries()).isLessThanOrEqualTo(2);
  }

  /** Holds the lock of the cache's upkeep, on another thread; returns once it does. */
  private static CompletableFuture<Void> holdUpkeep(
      CachedMessages messages, CountDownLatch release) {
    CountDownLatch held = new CountDownLatch(1);
    CompletableFuture<Void> upkeep =
        CompletableFuture.runAsync(
            () -> {
              boolean unused =
                  messages.bound.coldest(
                      entries -> {
                        held.countDown();
                        return released(release);
                      });
            });
    await(() -> held.getCount() == 0);
    return upkeep;
  }

  private static boolean released(CountDownLatch release) {
    try {
      return release.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("a minute has passed").isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
