package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.BackpressureTimeoutException;
import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.MessageCorruptException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import dev.spool.support.SpaceThreshold;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** RocksDB itself has stopped writes, since flush or compaction do not keep up. */
class StalledDatabaseTest {
  private static final int IN_FLIGHT = 1 << 20;
  private static final int WAITING = 40;

  private final Database database = new Database();
  private final Ledger ledger = new Ledger();
  @TempDir private Path dir;

  @Test
  void deadlinesOfBothKindsFireAndTellWhoseTheyWere() throws RocksDBException {
    try (RocksSpool spool = builder().storeDeadline(Duration.ofSeconds(1)).open()) {
      CompletableFuture<Void> begun = fillMemtables(spool);
      SpoolException callers =
          Spooled.failure(
              spool.store(
                  SpoolId.random(),
                  new byte[100],
                  Durability.SYNC,
                  Deadline.after(Duration.ofMillis(50))));
      assertThat(callers).isInstanceOf(DeadlineExceededException.class);
      assertThat(callers.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      CompletableFuture<Void> waits = ledger.startStore(spool, 100, Durability.BUFFERED);
      SpoolException own = Spooled.failure(waits);
      assertThat(own).isInstanceOf(BackpressureTimeoutException.class);
      assertThat(own.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      SpoolException joined = Spooled.failure(begun);
      assertThat(joined).isInstanceOf(BackpressureTimeoutException.class);
      assertThat(joined.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(ledger.unreadable(spool, false)).as("messages that cannot be read").isZero();
      database.goOn();
      ledger.settle();
      resumed(spool);
    }
    reopened();
  }

  @Test
  void memoryIsBoundedHoweverManyStoresAreTried() throws RocksDBException {
    try (RocksSpool spool = builder().errorLatchDuration(Duration.ofHours(1)).open()) {
      var unused = fillMemtables(spool);
      List<CompletableFuture<Void>> crowd = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        crowd.add(ledger.startStore(spool, IN_FLIGHT / 10, Durability.BUFFERED));
        assertThat(spool.stats().value("bytes.in.flight").orElseThrow())
            .isLessThanOrEqualTo(IN_FLIGHT);
        assertThat(spool.stats().value("calls.waiting").orElseThrow()).isLessThanOrEqualTo(WAITING);
      }
      List<CompletableFuture<Void>> refused =
          crowd.stream().filter(CompletableFuture::isDone).toList();
      assertThat(refused).hasSizeGreaterThanOrEqualTo(200 - WAITING - 10);
      for (CompletableFuture<Void> store : refused) {
        SpoolException failure = Spooled.failure(store);
        assertThat(failure).isInstanceOf(BackpressureTimeoutException.class);
        assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      }
      database.goOn();
      ledger.settle(); // all others were taken
      resumed(spool);
    }
    reopened();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 10, 1000, 2000})
  void stallThatLastsEndsTheHealthAndStoresResumeAfterIt(long millis) throws RocksDBException {
    Duration latch = Duration.ofMillis(millis);
    Duration never = Duration.ofHours(1); // a store that fails at its deadline is suspect, too
    try (RocksSpool spool = builder().errorLatchDuration(latch).storeDeadline(never).open()) {
      var unused = fillMemtables(spool);
      Spooled.await("stores are refused", () -> spool.unhealthyReason() != null);
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      assertThat(spool.health().reason()).contains("stall");
      assertThat(ledger.store(spool, 100, Durability.SYNC))
          .isInstanceOf(SpoolUnhealthyException.class);
      database.goOn();
      ledger.settle();
      resumed(spool);
    }
    reopened();
  }

  @Test
  void stallThatPassesIsABlip() throws RocksDBException {
    try (RocksSpool spool = builder().open()) {
      var unused = fillMemtables(spool);
      Spooled.await("it is told", () -> spool.health().state() == State.DEGRADED);
      assertThat(spool.unhealthyReason()).isNull();
      database.goOn();
      ledger.settle();
      resumed(spool);
    }
    reopened();
  }

  @Test
  void tooManyFilesInTheFirstLevelStopWritesUntilTheyAreCompacted() throws RocksDBException {
    try (RocksSpool spool = builder().level0StopWritesTrigger(8).open()) {
      stopWritesByFiles(spool, 8);
      CompletableFuture<Void> stalled = ledger.startStore(spool, 100, Durability.SYNC);
      Spooled.await("it stalls", () -> spool.stats().value("write.stalls").orElseThrow() > 0);
      assertThat(stalled).isNotDone();
      assertThat(ledger.unreadable(spool, false)).as("messages that cannot be read").isZero();
      database.setCompactionTrigger(4);
      ledger.settle();
      assertThat(stalled).isCompleted();
      resumed(spool);
    }
    reopened();
  }

  /** It would count as failed otherwise, and the spool as ill for as long again. */
  @Test
  void probeWaitsUntilTheStallIsOver() throws Exception {
    try (RocksSpool spool = builder().open()) {
      ledger.storeAll(spool, 1, 1000);
      Spooled.get(spool.compact());
    }
    Path table = Databases.tables(dir.resolve("s/db")).get(0);
    SpoolId damaged = ledger.oldest();
    Databases.flip(table, 100);
    try (RocksSpool spool = builder().level0StopWritesTrigger(8).open()) {
      stopWritesByFiles(spool, 8);
      assertThat(Spooled.failure(spool.load(damaged))).isInstanceOf(MessageCorruptException.class);
      Databases.flip(table, 100);
      Spooled.await("the probe has met the stall", () -> figure(spool, "write.stalls") > 0);
      assertThat(spool.unhealthyReason()).isNotNull();
      database.setCompactionTrigger(4);
      resumed(spool);
      assertThat(figure(spool, "health.probes.failed")).isZero();
    }
    reopened();
  }

  @Test
  void shutdownDuringAStallIsBoundedAndEndsLater() throws RocksDBException {
    RocksSpool spool = builder().shutdownTimeout(Duration.ofMillis(100)).open();
    var unused = fillMemtables(spool);
    SpoolException failure = Spooled.failure(spool.shutdown());
    assertThat(failure.detail()).contains("shutdownTimeout").contains("1 stores");
    database.goOn();
    ledger.settle();
    Spooled.await("it is closed", () -> spool.health().reason().contains("is shut down"));
    reopened();
  }

  private RocksSpool.Builder builder() {
    return RocksSpool.builder(dir.resolve("s"))
        .ballast(0)
        .minFreeSpace(SpaceThreshold.off())
        .minFreeInodes(SpaceThreshold.off())
        .writeBufferSize(64 << 10)
        .maxInFlightBytes(IN_FLIGHT)
        .maxWaiting(WAITING)
        .errorUnlatchDuration(Duration.ZERO)
        .writes(database);
  }

  /**
   * Lets nothing be flushed, and stores until RocksDB takes no more; returns the store that it has
   * not taken.
   */
  private CompletableFuture<Void> fillMemtables(RocksSpool spool) throws RocksDBException {
    assertThat(ledger.store(spool, 100, Durability.SYNC)).isNull();
    database.pause();
    while (true) {
      CompletableFuture<Void> store = ledger.startStore(spool, 10_000, Durability.BUFFERED);
      Spooled.await(
          "it is stored, or stalls",
          () -> store.isDone() || spool.stats().value("write.stalls").orElseThrow() > 0);
      if (!store.isDone()) {
        return store;
      }
    }
  }

  /** Lets nothing be compacted, and flushes that often. */
  private void stopWritesByFiles(RocksSpool spool, int files) throws RocksDBException {
    assertThat(ledger.store(spool, 100, Durability.SYNC)).isNull();
    database.setCompactionTrigger(1000);
    for (int i = 0; i < files; i++) {
      assertThat(ledger.store(spool, 100, Durability.SYNC)).isNull();
      Spooled.get(spool.adviseLowMemory());
    }
    assertThat(figure(spool, "write.stopped")).isOne();
  }

  private static long figure(RocksSpool spool, String name) {
    return spool.stats().value(name).orElseThrow();
  }

  private void resumed(RocksSpool spool) {
    Spooled.await("it is well", () -> spool.health().state() == State.HEALTHY);
    assertThat(spool.unhealthyReason()).isNull();
    ledger.storeAll(spool, 10, 100);
    ledger.assertHeld(spool);
  }

  private void reopened() {
    try (RocksSpool spool = builder().open()) {
      assertThat(spool.health().reason()).isNull();
      ledger.assertHeld(spool);
    }
  }

  /** Gets hold of the database, and then of its background work. */
  private static final class Database implements NativeWrites {
    private volatile @Nullable RocksDB db;

    @Override
    public void write(RocksDB opened, WriteOptions options, WriteBatch batch)
        throws RocksDBException {
      db = opened;
      DIRECT.write(opened, options, batch);
    }

    @Override
    public void syncWal(RocksDB opened) throws RocksDBException {
      DIRECT.syncWal(opened);
    }

    void pause() throws RocksDBException {
      opened().pauseBackgroundWork();
    }

    void goOn() throws RocksDBException {
      opened().continueBackgroundWork();
    }

    /** With a high one, nothing is compacted. */
    void setCompactionTrigger(int files) throws RocksDBException {
      opened()
          .setOptions(
              MutableColumnFamilyOptions.builder()
                  .setLevel0FileNumCompactionTrigger(files)
                  .build());
    }

    private RocksDB opened() {
      return Objects.requireNonNull(db, "nothing was written yet");
    }
  }
}
