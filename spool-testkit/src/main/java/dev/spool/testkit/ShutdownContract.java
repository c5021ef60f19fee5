package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.ScanCancelledException;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Shutting down ends everything, in bounded time, with typed errors, and gives the storage free.
 */
public interface ShutdownContract extends BackendContract {

  /** After the end every call fails with SpoolClosedException; what only tells still answers. */
  @Test
  default void useAfterClose(@TempDir Path dir) {
    Spool spool = open(dir);
    SpoolId id = SpoolId.random();
    Check.get(spool.store(id, Messages.of(1, 10)));
    spool.close();
    EntryChannel enumerated = EntryChannel.bounded(1, 1);
    EntryChannel listed = EntryChannel.bounded(1, 1);
    List<CompletableFuture<?>> calls =
        List.of(
            spool.load(id),
            spool.store(id, Messages.of(2, 20)),
            spool.store(id, Messages.of(2, 20), Durability.BUFFERED, null),
            spool.remove(id),
            spool.enumerate(enumerated),
            spool.list(listed),
            spool.cleanup(),
            spool.adviseLowMemory(),
            spool.quarantine(id, dir.resolve("aside")));
    for (CompletableFuture<?> call : calls) {
      SpoolClosedException failure = Check.failure(SpoolClosedException.class, call);
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
    }
    Check.failure(SpoolClosedException.class, enumerated.receiveAsync());
    Check.failure(SpoolClosedException.class, listed.receiveAsync());
    assertThat(spool.unhealthyReason()).isNotNull();
    assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.CLOSED);
    assertThat(spool.stats().figures()).isNotNull();
  }

  /** Compaction after the end fails too, unless there is nothing to compact. */
  @Test
  default void compactionAfterClose(@TempDir Path dir) {
    Spool spool = open(dir);
    spool.close();
    if (has(Trait.COMPACTS)) {
      Check.failure(SpoolClosedException.class, spool.compact());
    } else {
      assertThat(spool.compact()).isDone();
    }
  }

  /** Shutting down again, and closing, does nothing more. */
  @Test
  default void shutdownIsIdempotent(@TempDir Path dir) {
    Spool spool = open(dir);
    CompletableFuture<Void> first = spool.shutdown();
    CompletableFuture<Void> second = spool.shutdown();
    Check.get(first);
    Check.get(second);
    Check.get(spool.shutdown());
    spool.close();
    spool.close();
  }

  /** Many threads may shut down at once. */
  @Test
  default void shutdownByManyThreads(@TempDir Path dir) {
    Spool spool = open(dir);
    Check.storeAll(spool, Messages.mixed(1, 50, 1000));
    List<CompletableFuture<Void>> closers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      closers.add(Threads.run(i % 2 == 0 ? spool::close : () -> Check.get(spool.shutdown())));
    }
    closers.forEach(Check::get);
    open(dir).close();
  }

  /** From the start of a shutdown the spool says that it takes no more. */
  @Test
  default void unhealthyFromTheStart(@TempDir Path dir) {
    Spool spool = open(dir);
    assertThat(spool.unhealthyReason()).isNull();
    CompletableFuture<Void> shutdown = spool.shutdown();
    assertThat(spool.unhealthyReason()).isNotNull();
    assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.CLOSED);
    Check.failure(SpoolClosedException.class, spool.store(SpoolId.random(), Messages.of(1, 10)));
    Check.get(shutdown);
  }

  /** A callback may close the spool that calls it. */
  @Test
  default void closedFromACallback(@TempDir Path dir) {
    Spool spool = open(dir);
    Check.get(spool.store(SpoolId.random(), Messages.of(1, 10)).thenRun(spool::close));
    assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.CLOSED);
    open(dir).close();
  }

  /** So may one on the executor's only thread, where waiting for another callback is for ever. */
  @Test
  default void closedFromTheOnlyCallbackThread(@TempDir Path dir) {
    ExecutorService executor =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "contract-callback");
              thread.setDaemon(true);
              return thread;
            });
    try {
      Spool spool = fixture().open(dir, Map.of(), executor);
      Check.get(
          spool.store(SpoolId.random(), Messages.of(1, 10)).thenRunAsync(spool::close, executor));
      assertThat(spool.health().state()).isEqualTo(SpoolHealth.State.CLOSED);
      open(dir).close();
    } finally {
      executor.shutdown();
    }
  }

  /** Scans that wait for their consumers are cancelled. */
  @Test
  default void scansAreCancelled(@TempDir Path dir) throws Exception {
    Spool spool = open(dir);
    Check.storeAll(spool, Messages.mixed(2, 100, 1000));
    EntryChannel enumerated = EntryChannel.bounded(1, 1);
    EntryChannel listed = EntryChannel.bounded(1, 1);
    CompletableFuture<ScanReport> enumeration = spool.enumerate(enumerated);
    CompletableFuture<ScanReport> listing = spool.list(listed);
    assertThat(enumerated.receive()).isNotNull();
    assertThat(listed.receive()).isNotNull();
    Check.get(spool.shutdown());
    for (CompletableFuture<ScanReport> scan : List.of(enumeration, listing)) {
      assertThat(Check.failure(scan))
          .isInstanceOfAny(SpoolClosedException.class, ScanCancelledException.class);
    }
    assertThat(Check.drain(enumerated)).isLessThan(99);
    Check.failure(enumerated.receiveAsync());
  }

  /** Writes that have begun end; those that wait for their turn fail at once, not applied. */
  @Test
  default void waitingWritesFailAtOnce(@TempDir Path dir) {
    if (!has(Trait.STALLS)) {
      outcomesOfAShutdownAreTrue(dir);
      return;
    }
    Map<String, String> settings =
        has(Trait.ADMISSION) ? Map.of("maxConcurrentStores", "1") : Map.of();
    try (Stallable stallable = fixture().openStallable(dir, settings)) {
      Spool spool = stallable.spool();
      stallable.gate().shut();
      SpoolId id = SpoolId.random();
      CompletableFuture<Void> begun = spool.store(id, Messages.of(1, 10));
      stallable.gate().awaitHeld();
      CompletableFuture<Void> waiting = spool.store(SpoolId.random(), Messages.of(2, 20));
      CompletableFuture<Void> shutdown = spool.shutdown();
      SpoolClosedException failure = Check.failure(SpoolClosedException.class, waiting);
      assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(begun).isNotDone();
      assertThat(shutdown).isNotDone();
      stallable.gate().open();
      Check.get(begun);
      Check.get(shutdown);
      if (has(Trait.PERSISTENT)) {
        try (Spool reopened = open(dir)) {
          Check.holdsExactly(reopened, Map.of(id, Messages.of(1, 10)));
        }
      }
    }
  }

  /** What a store said when a shutdown raced it is true afterwards. */
  @Test
  default void outcomesOfAShutdownAreTrue(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(3, 200, 5000);
    List<SpoolId> stored = new ArrayList<>();
    List<SpoolId> refused = new ArrayList<>();
    Spool spool = open(dir);
    CompletableFuture<Void> closer = new CompletableFuture<>();
    List<CompletableFuture<Void>> stores = new ArrayList<>();
    int nth = 0;
    for (Map.Entry<SpoolId, byte[]> message : messages.entrySet()) {
      stores.add(spool.store(message.getKey(), message.getValue(), Durability.BUFFERED, null));
      if (++nth == 120) {
        closer = Threads.run(spool::close);
      }
    }
    List<SpoolId> ids = List.copyOf(messages.keySet());
    for (int i = 0; i < ids.size(); i++) {
      try {
        Check.get(stores.get(i));
        stored.add(ids.get(i));
      } catch (SpoolException e) {
        assertThat(e).isInstanceOf(SpoolClosedException.class);
        if (e.outcome() == Outcome.NOT_APPLIED) {
          refused.add(ids.get(i));
        }
      }
    }
    Check.get(closer);
    try (Spool reopened = open(dir)) {
      Map<SpoolId, byte[]> seen = Check.enumerate(reopened).items();
      if (has(Trait.PERSISTENT)) {
        stored.forEach(id -> assertThat(seen).as("acknowledged").containsKey(id));
        refused.forEach(id -> assertThat(seen).as("refused").doesNotContainKey(id));
        seen.forEach((id, data) -> Check.same(data, messages.getOrDefault(id, new byte[0])));
      } else {
        assertThat(seen).isEmpty();
      }
    }
  }

  /**
   * Everything at once against a shutdown, again and again: every call ends, with a result or a
   * typed error.
   */
  @Test
  default void shutdownAgainstEverything(@TempDir Path dir) {
    ShutdownRace race = new ShutdownRace(fixture(), dir);
    for (int round = 0; round < fixture().shutdownRounds(); round++) {
      race.run(round);
    }
  }
}
