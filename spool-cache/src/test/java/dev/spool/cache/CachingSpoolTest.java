package dev.spool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.memory.MemorySpool;
import dev.spool.testkit.FaultySpool;
import dev.spool.testkit.Messages;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the cache serves, and what it never does; the wrapped spool's calls end by hand. */
@SuppressWarnings("FutureReturnValueIgnored") // the test ends the calls itself
class CachingSpoolTest {
  private final SpoolId id = SpoolId.random();
  private final byte[] first = Messages.of(1, 100);
  private final byte[] second = Messages.of(2, 200);
  private final Spool memory = MemorySpool.open();
  private final HandDrivenSpool spool = new HandDrivenSpool(memory);
  private final CachingSpool cache = CachingSpool.wrap(spool, 1 << 20);

  @AfterEach
  void close() {
    cache.close();
  }

  // What is cached

  @Test
  void storedMessageIsServedFromMemory() {
    CompletableFuture<Void> stored = cache.store(id, first);
    assertNotCached();
    spool.changes.remove().complete(null);
    assertThat(stored).isCompleted();
    assertCached(first);
  }

  @Test
  void loadedMessageIsServedFromMemory() {
    CompletableFuture<byte[]> loaded = cache.load(id);
    spool.loads.remove().complete(first.clone());
    assertThat(loaded.join()).isEqualTo(first);
    assertCached(first);
  }

  @Test
  void whoeverHearsOfAStoreFindsItCached() {
    CompletableFuture<byte[]> loaded = cache.store(id, first).thenCompose(done -> cache.load(id));
    spool.changes.remove().complete(null);
    assertThat(loaded.join()).isEqualTo(first);
    assertThat(spool.loads).isEmpty();
  }

  @Test
  void missingMessageIsAskedForEachTime() {
    for (int i = 0; i < 2; i++) {
      CompletableFuture<byte[]> loaded = cache.load(id);
      spool.loads.remove().completeExceptionally(new MessageNotFoundException(id));
      assertThat(failure(loaded)).isInstanceOf(MessageNotFoundException.class);
    }
  }

  @Test
  void damagedMessageIsAskedForEachTime() {
    for (int i = 0; i < 2; i++) {
      CompletableFuture<byte[]> loaded = cache.load(id);
      spool.loads.remove().completeExceptionally(new MessageCorruptException(id, "a test", "bits"));
      assertThat(failure(loaded)).isInstanceOf(MessageCorruptException.class);
    }
  }

  @Test
  void noArrayIsShared() {
    byte[] stored = first.clone();
    store(stored);
    Arrays.fill(stored, (byte) 0);
    byte[] one = cache.load(id).join();
    byte[] two = cache.load(id).join();
    assertThat(one).isEqualTo(first).isNotSameAs(two);
    Arrays.fill(one, (byte) 0);
    assertThat(two).isEqualTo(first);
    assertCached(first);
    forget();
    CompletableFuture<byte[]> loaded = cache.load(id);
    spool.loads.remove().complete(first.clone());
    Arrays.fill(loaded.join(), (byte) 0);
    assertCached(first);
  }

  @Test
  void messageThatDoesNotFitIsNotCached() {
    byte[] large = new byte[(1 << 20) - CachingSpool.OVERHEAD_BYTES + 1];
    store(large);
    assertNotCached();
    byte[] fitting = new byte[(1 << 20) - CachingSpool.OVERHEAD_BYTES];
    store(fitting);
    assertCached(fitting);
    assertThat(figure("cache.bytes")).isEqualTo(1 << 20);
  }

  // Races

  @Test
  void loadThatAStoreOvertookIsNotCached() {
    CompletableFuture<byte[]> loaded = cache.load(id);
    store(second);
    spool.loads.remove().complete(first.clone());
    assertThat(loaded.join()).isEqualTo(first);
    assertCached(second);
  }

  @Test
  void loadThatARemovalOvertookIsNotCached() {
    CompletableFuture<byte[]> loaded = cache.load(id);
    cache.remove(id);
    spool.changes.remove().complete(null);
    spool.loads.remove().complete(first.clone());
    assertThat(loaded.join()).isEqualTo(first);
    assertNotCached();
  }

  @Test
  void loadThatBeganDuringAStoreIsNotCached() {
    cache.store(id, second);
    cache.load(id);
    spool.changes.remove().complete(null);
    assertCached(second);
    spool.loads.remove().complete(first.clone());
    assertCached(second);
  }

  @Test
  void nothingIsServedWhileAStoreIsUnderWay() {
    store(first);
    cache.store(id, second);
    assertNotCached();
    spool.changes.remove().completeExceptionally(failed(Outcome.NOT_APPLIED));
    assertNotCached();
  }

  @Test
  void nothingIsServedWhileARemovalIsUnderWay() {
    store(first);
    CompletableFuture<Void> removal = cache.remove(id);
    assertNotCached();
    spool.changes.remove().complete(null);
    assertThat(removal).isCompleted();
    assertNotCached();
  }

  @Test
  void storesThatOverlapAreNotCached() {
    cache.store(id, first);
    cache.store(id, second);
    CompletableFuture<Void> one = spool.changes.remove();
    CompletableFuture<Void> two = spool.changes.remove();
    two.complete(null);
    assertNotCached();
    one.complete(null); // nobody knows which of them came last
    assertNotCached();
  }

  @Test
  void storeBesideARemovalIsNotCached() {
    cache.store(id, first);
    cache.remove(id);
    spool.changes.remove().complete(null);
    spool.changes.remove().complete(null);
    assertNotCached();
  }

  @Test
  void changesOfOtherIdsDisturbNothing() {
    CompletableFuture<byte[]> loaded = cache.load(id);
    cache.store(SpoolId.random(), second);
    spool.loads.remove().complete(first.clone());
    assertThat(loaded).isCompleted();
    assertCached(first);
  }

  // Outcomes

  @Test
  void afterAStoreThatWasNotAppliedLoadsAreCached() {
    cache.store(id, second);
    spool.changes.remove().completeExceptionally(failed(Outcome.NOT_APPLIED));
    assertLoadsAreCached();
  }

  @Test
  void afterAnUnknownStoreNothingIsCachedUntilALaterOneIsAcknowledged() {
    CompletableFuture<Void> stored = cache.store(id, second);
    spool.changes.remove().completeExceptionally(failed(Outcome.UNKNOWN));
    assertThat(failure(stored).outcome()).isEqualTo(Outcome.UNKNOWN);
    assertLoadsAreNotCached();
    cache.store(id, second);
    spool.changes.remove().completeExceptionally(failed(Outcome.NOT_APPLIED));
    assertLoadsAreNotCached();
    store(first);
    assertCached(first);
    forget();
    assertLoadsAreCached();
  }

  @Test
  void afterAnUnknownRemovalNothingIsCachedUntilALaterOneIsAcknowledged() {
    store(first);
    cache.remove(id);
    spool.changes.remove().completeExceptionally(failed(Outcome.UNKNOWN));
    assertLoadsAreNotCached();
    cache.remove(id);
    spool.changes.remove().complete(null);
    assertLoadsAreCached();
  }

  @Test
  void untypedFailureIsUnknown() {
    CompletableFuture<Void> stored = cache.store(id, first);
    spool.changes.remove().completeExceptionally(new IllegalStateException("by a test"));
    assertThat(stored).isCompletedExceptionally();
    assertLoadsAreNotCached();
  }

  @Test
  void wrappedFailureIsUnwrapped() {
    CompletableFuture<Void> stored = cache.store(id, first);
    spool
        .changes
        .remove()
        .completeExceptionally(new CompletionException(failed(Outcome.NOT_APPLIED)));
    assertThat(failure(stored).outcome()).isEqualTo(Outcome.NOT_APPLIED);
    assertLoadsAreCached();
  }

  @Test
  void unknownStoreThatEndsDuringAnAcknowledgedOneLeavesTheIdInDoubt() {
    cache.store(id, first);
    CompletableFuture<Void> unknown = spool.changes.remove();
    store(second);
    unknown.completeExceptionally(failed(Outcome.UNKNOWN));
    assertLoadsAreNotCached();
  }

  @Test
  void callThatThrowsIsOver() {
    spool.thrown = new IllegalStateException("by a test");
    assertThatThrownBy(() -> cache.load(id)).isSameAs(spool.thrown);
    assertThatThrownBy(() -> cache.store(SpoolId.random(), first)).isSameAs(spool.thrown);
    spool.thrown = null;
    store(first);
    assertCached(first);
  }

  // Cancelling

  @Test
  void cancellingAStoreCancelsItInTheSpoolAndLeavesTheIdInDoubt() {
    CompletableFuture<Void> stored = cache.store(id, first);
    assertThat(stored.cancel(true)).isTrue();
    assertThat(stored).isCancelled();
    assertThat(spool.changes.remove()).isCancelled();
    assertLoadsAreNotCached();
    store(second);
    assertCached(second);
  }

  @Test
  void cancellingALoadCancelsItInTheSpool() {
    CompletableFuture<byte[]> loaded = cache.load(id);
    assertThat(loaded.cancel(true)).isTrue();
    assertThat(loaded).isCancelled();
    assertThat(spool.loads.remove()).isCancelled();
    assertLoadsAreCached();
  }

  @Test
  void cancellingAfterTheEndChangesNothing() {
    CompletableFuture<Void> stored = cache.store(id, first);
    spool.changes.remove().complete(null);
    assertThat(stored.cancel(true)).isFalse();
    assertThat(stored).isCompleted();
    assertCached(first);
  }

  @Test
  void cancellingADependentDoesNotWithdrawTheStore() {
    cache.store(id, first).thenRun(() -> {}).cancel(true);
    assertThat(spool.changes.remove()).isNotDone();
  }

  @Test
  void futureThatItsCallerCompletesDoesNotEndTheCall() {
    CompletableFuture<Void> stored = cache.store(id, first);
    assertThat(stored.complete(null)).isTrue();
    assertNotCached();
    spool.changes.remove().completeExceptionally(failed(Outcome.UNKNOWN));
    assertLoadsAreNotCached();
  }

  // Quarantine, maintenance, the end

  @Test
  void quarantineForgetsTheMessage() {
    store(first);
    CompletableFuture<Void> moved = cache.quarantine(id, Path.of("aside"));
    assertNotCached();
    spool.changes.remove().complete(null);
    assertThat(moved).isCompleted();
    assertNotCached();
  }

  @Test
  void lowMemoryDropsTheCacheAndCountsIt() {
    store(first);
    int bytes = first.length + CachingSpool.OVERHEAD_BYTES;
    assertThat(figure("cache.bytes")).isEqualTo(bytes);
    assertThat(cache.adviseLowMemory().join()).isEqualTo(bytes + memory.adviseLowMemory().join());
    assertThat(figure("cache.bytes")).isZero();
    assertThat(figure("cache.entries")).isZero();
    assertNotCached();
  }

  @Test
  void cachedMessageIsServedWhileTheSpoolShedsLoad() {
    FaultySpool shedding = new FaultySpool(MemorySpool.open());
    try (CachingSpool around = CachingSpool.wrap(shedding, 1 << 20)) {
      around.store(id, first).join();
      shedding.full();
      assertThat(failure(around.store(SpoolId.random(), second)))
          .isInstanceOf(SpoolFullException.class);
      assertReturned(around.load(id), first);
      assertThat(around.unhealthyReason()).isSameAs(shedding.unhealthyReason()).isNotNull();
      assertThat(around.health().state()).isEqualTo(SpoolHealth.State.SHEDDING);
    }
  }

  @Test
  void closedSpoolServesNothing() {
    store(first);
    cache.shutdown().join();
    assertThat(figure("cache.bytes")).isZero();
    CompletableFuture<byte[]> loaded = cache.load(id);
    assertThat(spool.loads).as("loads that the closed spool was asked to refuse").hasSize(1);
    assertThat(loaded).isNotDone();
  }

  @Test
  void spoolThatWasClosedBehindItsCacheServesNothing() {
    Spool wrapped = MemorySpool.open();
    CachingSpool around = CachingSpool.wrap(wrapped, 1 << 20);
    around.store(id, first).join();
    wrapped.close();
    assertThat(failure(around.load(id))).isInstanceOf(SpoolClosedException.class);
  }

  @Test
  void whatEndsDuringAShutdownIsNotKept() {
    cache.store(id, first);
    CompletableFuture<Void> store = spool.changes.remove();
    CompletableFuture<Void> held = new CompletableFuture<>();
    spool.shutdown = held;
    CompletableFuture<Void> shutdown = cache.shutdown();
    store.complete(null);
    held.complete(null);
    spool.shutdown = null;
    assertThat(shutdown).isCompleted();
    assertThat(figure("cache.bytes")).isZero();
  }

  @Test
  void closingItClosesTheSpool() {
    cache.close();
    assertThat(memory.health().state()).isEqualTo(SpoolHealth.State.CLOSED);
    assertThat(cache.unhealthyReason()).isNotNull();
  }

  @Test
  void cacheWithoutRoomIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> CachingSpool.wrap(spool, 0));
  }

  // Figures

  @Test
  void figuresAreTheSpoolsAndTheCaches() {
    store(first);
    cache.load(id).join();
    cache.load(SpoolId.random());
    cache.load(SpoolId.random());
    cache.store(SpoolId.random(), second);
    spool.changes.remove().completeExceptionally(failed(Outcome.UNKNOWN));
    assertThat(cache.stats().figures()).containsAll(memory.stats().figures());
    assertThat(cache.stats().name()).isEqualTo(memory.stats().name());
    assertThat(figure("cache.hits")).isEqualTo(1);
    assertThat(figure("cache.misses")).isEqualTo(2);
    assertThat(figure("cache.entries")).isEqualTo(1);
    assertThat(figure("cache.evictions")).isZero();
    assertThat(figure("cache.doubts")).isEqualTo(1);
  }

  // Words

  private void store(byte[] message) {
    CompletableFuture<Void> stored = cache.store(id, message, Durability.BUFFERED, null);
    spool.changes.removeLast().complete(null);
    assertThat(stored).isCompleted();
  }

  /** Takes the message out of the cache, and lets it be cached again. */
  private void forget() {
    cache.adviseLowMemory().join();
  }

  private void assertCached(byte[] message) {
    int before = spool.loads.size();
    assertReturned(cache.load(id), message);
    assertThat(spool.loads).hasSize(before);
  }

  /** The call has ended, without being waited for. */
  private static void assertReturned(CompletableFuture<byte[]> call, byte[] message) {
    assertThat(call).isCompletedWithValueMatching(data -> Arrays.equals(data, message));
  }

  private void assertNotCached() {
    CompletableFuture<byte[]> loaded = cache.load(id);
    assertThat(spool.loads).isNotEmpty();
    spool.loads.removeLast().completeExceptionally(new MessageNotFoundException(id));
    assertThat(loaded).isCompletedExceptionally();
  }

  private void assertLoadsAreCached() {
    assertNotCached();
    cache.load(id);
    spool.loads.removeLast().complete(first.clone());
    assertCached(first);
  }

  private void assertLoadsAreNotCached() {
    for (int i = 0; i < 2; i++) {
      CompletableFuture<byte[]> loaded = cache.load(id);
      spool.loads.removeLast().complete(first.clone());
      assertReturned(loaded, first);
    }
    assertNotCached();
  }

  private long figure(String name) {
    return cache.stats().value(name).orElseThrow();
  }

  private static SpoolException failed(Outcome outcome) {
    return new DeadlineExceededException("planned by a test", outcome);
  }

  private static SpoolException failure(CompletableFuture<?> call) {
    try {
      call.join();
    } catch (CompletionException e) {
      return SpoolException.unwrap(e);
    }
    throw new AssertionError("a call succeeded that had to fail");
  }
}
