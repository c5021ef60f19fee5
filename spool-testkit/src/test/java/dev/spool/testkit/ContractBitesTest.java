package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.MessageNotFoundException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.example.toyspool.ToyFixture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract can fail: each broken spool here is caught by the case that is there for it. */
class ContractBitesTest {
  @TempDir Path dir;

  @Test
  void storeThatLosesMessages() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<Void> store(
                      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
                    return data.length == 4096
                        ? CompletableFuture.completedFuture(null)
                        : super.store(id, data, durability, deadline);
                  }
                });
    caught(() -> broken.onePage(dir));
  }

  @Test
  void loadThatAltersAByte() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<byte[]> load(SpoolId id) {
                    return super.load(id)
                        .thenApply(
                            data -> {
                              data[data.length - 1] ^= 1;
                              return data;
                            });
                  }
                });
    caught(() -> broken.oneByte(dir.resolve("one")));
    caught(() -> broken.everyByteValue(dir.resolve("two")));
  }

  @Test
  void loadThatSharesItsArray() {
    Map<SpoolId, byte[]> shared = new ConcurrentHashMap<>();
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<byte[]> load(SpoolId id) {
                    return super.load(id).thenApply(data -> shared.computeIfAbsent(id, i -> data));
                  }
                });
    caught(() -> broken.loadedArrayIsTheCallersOwn(dir));
  }

  @Test
  void staleReadsAfterReplacement() {
    Map<SpoolId, byte[]> cache = new ConcurrentHashMap<>();
    UnaryOperator<Spool> caching =
        spool ->
            new ForwardingSpool(spool) {
              @Override
              public CompletableFuture<byte[]> load(SpoolId id) {
                byte[] cached = cache.get(id);
                return cached != null
                    ? CompletableFuture.completedFuture(cached.clone())
                    : super.load(id)
                        .thenApply(data -> cache.computeIfAbsent(id, i -> data).clone());
              }
            };
    caught(() -> contract(caching).lastOfManyReplacements(dir.resolve("one")));
    caught(() -> contract(caching).storedAgainAfterRemoval(dir.resolve("two")));
    caught(() -> contract(caching).storesLoadsAndRemovals(dir.resolve("three")));
  }

  @Test
  void removalThatIsNotIdempotent() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<Void> remove(
                      SpoolId id, Durability durability, @Nullable Deadline deadline) {
                    return load(id).thenCompose(data -> super.remove(id, durability, deadline));
                  }
                });
    caught(() -> broken.removingAnAbsentMessageCompletes(dir.resolve("one")));
    caught(() -> broken.removingTwiceCompletes(dir.resolve("two")));
  }

  @Test
  void removalThatDoesNothing() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<Void> remove(
                      SpoolId id, Durability durability, @Nullable Deadline deadline) {
                    return CompletableFuture.completedFuture(null);
                  }
                });
    caught(() -> broken.removedMessageIsGone(dir));
  }

  @Test
  void scanThatDropsAMessage() {
    SpoolContract broken =
        contract(spool -> scanning(spool, entries -> entries.subList(1, entries.size())));
    caught(() -> broken.everyMessageIsSeenOnce(dir.resolve("one")));
    caught(() -> broken.scansBesideConcurrentChanges(dir.resolve("two")));
  }

  @Test
  void scanThatSeesAMessageTwice() {
    SpoolContract broken =
        contract(
            spool ->
                scanning(
                    spool,
                    entries -> {
                      List<SpoolEntry> twice = new ArrayList<>(entries);
                      twice.addAll(entries);
                      return twice;
                    }));
    caught(() -> broken.everyMessageIsSeenOnce(dir));
  }

  @Test
  void scanThatReadsEverythingAhead() {
    SpoolContract broken = contract(spool -> scanning(spool, entries -> entries));
    caught(() -> broken.slowConsumerHoldsNoSnapshot(dir));
  }

  @Test
  void scanThatLooksCompleteWhenItFails() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<ScanReport> enumerate(
                      EntryChannel channel, Instant startTime) {
                    return super.enumerate(channel, startTime)
                        .exceptionally(failure -> new ScanReport(0, 0, 0, Duration.ZERO));
                  }
                });
    caught(() -> broken.consumerClosesEarly(dir.resolve("one")));
    caught(() -> broken.failureIsSeenByEveryConsumer(dir.resolve("two")));
  }

  @Test
  void startTimeThatIsIgnored() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<ScanReport> list(
                      EntryChannel channel, Instant startTime) {
                    return super.list(channel, Instant.MAX);
                  }
                });
    caught(() -> broken.startTimeSkipsWhatIsNewer(dir));
  }

  @Test
  void deadlineThatIsIgnored() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<Void> store(
                      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
                    return super.store(id, data, durability, null);
                  }
                });
    caught(() -> broken.expiredStoreIsNotApplied(dir));
  }

  @Test
  void outcomeThatIsALie() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<Void> store(
                      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
                    CompletableFuture<Void> store = super.store(id, data, durability, null);
                    return deadline == null
                        ? store
                        : store.thenRun(
                            () -> {
                              throw new DeadlineExceededException("a lie", Outcome.NOT_APPLIED);
                            });
                  }
                });
    caught(() -> broken.outcomeOfShortDeadlinesIsTrue(dir.resolve("one")));
    caught(() -> broken.withOutcomesThatAreUnknown(dir.resolve("two")));
  }

  @Test
  void failureThatIsNotTyped() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<byte[]> load(SpoolId id) {
                    return super.load(id)
                        .exceptionally(
                            failure -> {
                              throw new IllegalStateException(failure);
                            });
                  }
                });
    caught(() -> broken.absentMessageIsNotFound(dir.resolve("one")));
    caught(() -> broken.shutdownAgainstEverything(dir.resolve("two")));
  }

  @Test
  void failureOfTheWrongType() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<byte[]> load(SpoolId id) {
                    return super.load(id)
                        .exceptionallyCompose(
                            failure ->
                                CompletableFuture.failedFuture(
                                    SpoolException.unwrap(failure)
                                            instanceof MessageNotFoundException
                                        ? new SpoolIOException("nothing there", null)
                                        : failure));
                  }
                });
    caught(() -> broken.absentMessageIsNotFound(dir));
  }

  @Test
  void healthThatHidesTheEnd() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public @Nullable String unhealthyReason() {
                    return null;
                  }
                });
    caught(() -> broken.unhealthyFromTheStart(dir.resolve("one")));
    caught(() -> broken.useAfterClose(dir.resolve("two")));
  }

  @Test
  void nullThatIsTakenForAnIoFailure() {
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<byte[]> load(SpoolId id) {
                    try {
                      return super.load(id);
                    } catch (NullPointerException e) {
                      return CompletableFuture.failedFuture(e);
                    }
                  }
                });
    caught(() -> broken.nullThrowsAtOnce(dir));
  }

  @Test
  void writesThatAreReordered() {
    AtomicInteger nth = new AtomicInteger();
    SpoolContract broken =
        contract(
            spool ->
                new ForwardingSpool(spool) {
                  @Override
                  public CompletableFuture<Void> store(
                      SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
                    CompletableFuture<Void> store = super.store(id, data, durability, deadline);
                    // Every tenth store is acknowledged before it is carried out, and carried out
                    // twice.
                    if (nth.incrementAndGet() % 10 == 0) {
                      var unused =
                          store.thenCompose(done -> super.store(id, data, durability, null));
                      return CompletableFuture.completedFuture(null);
                    }
                    return store;
                  }
                });
    caught(
        () -> {
          for (int i = 0; i < 50; i++) {
            broken.storesLoadsAndRemovals(dir.resolve("round" + i));
          }
        });
  }

  private static SpoolContract contract(UnaryOperator<Spool> broken) {
    return () -> new ToyFixture().decorated(broken);
  }

  private static void caught(ThrowingCallable contractCase) {
    assertThat(catchThrowable(contractCase))
        .isInstanceOfAny(AssertionError.class, SpoolException.class);
  }

  /** A spool whose scans read everything ahead, and hand over what {@code change} makes of it. */
  private static Spool scanning(Spool spool, UnaryOperator<List<SpoolEntry>> change) {
    return new ForwardingSpool(spool) {
      @Override
      public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
        Check.Scanned seen = Check.scan(own -> super.enumerate(own, startTime));
        CompletableFuture<ScanReport> future = new CompletableFuture<>();
        var unused =
            Threads.run(
                () -> {
                  change.apply(seen.entries()).forEach(channel::send);
                  channel.complete();
                  future.complete(seen.report());
                });
        return future;
      }
    };
  }
}
