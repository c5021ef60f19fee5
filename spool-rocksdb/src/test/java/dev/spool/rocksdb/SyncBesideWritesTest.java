package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.testkit.Gate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A group is written while the one before it is being synced: which of them is acknowledged when,
 * and which of them fail together.
 */
class SyncBesideWritesTest {
  private final SteppedWrites writes = new SteppedWrites();
  private final SpoolId acknowledged = SpoolId.random();
  private final byte[] data = new byte[100];

  @TempDir private Path dir;
  private RocksSpool spool;

  /** Has been written, and is held in its sync. */
  private CompletableFuture<Void> first;

  /** Was written beside that, without sync. */
  private CompletableFuture<Void> buffered;

  @BeforeEach
  void holdTheFirstInItsSync() {
    spool = open();
    Spooled.get(spool.store(acknowledged, data));
    writes.holdSyncs();
    writes.writes.shut();
    int before = writes.syncsBegun.get();
    first = store();
    writes.writes.awaitHeld();
    // It is there when the first was written: so the sync is left to the other thread.
    buffered = spool.store(SpoolId.random(), data, Durability.BUFFERED, null);
    writes.writes.open();
    Spooled.await("the sync has begun", () -> writes.syncsBegun.get() > before);
  }

  @AfterEach
  void nothingAcknowledgedIsMissing() {
    writes.letAllSyncsGo();
    spool.close();
    try (RocksSpool reopened = open()) {
      assertThat(reopened.health().reason()).isNull();
      assertThat(Spooled.get(reopened.load(acknowledged))).isEqualTo(data);
    }
  }

  @Test
  void bufferedWriteDoesNotWaitForTheSyncOfOthers() {
    Spooled.get(buffered);
    assertThat(first).isNotDone();
  }

  @Test
  void syncAcknowledgesNothingThatWasWrittenAfterItBegan() {
    CompletableFuture<Void> second = written();
    writes.letOneSyncGo();
    Spooled.get(first);
    Spooled.await("the second sync has begun", () -> writes.syncsBegun.get() == 3);
    assertThat(second).isNotDone();
    writes.letAllSyncsGo();
    Spooled.get(second);
  }

  @Test
  void whatIsRecordedAsSyncedIsNeverAheadOfTheSync() {
    long whenHeld = recorded();
    CompletableFuture<Void> second = written();
    assertThat(recorded()).isEqualTo(whenHeld);
    writes.letOneSyncGo();
    Spooled.await("the second sync has begun", () -> writes.syncsBegun.get() == 3);
    assertThat(recorded()).isGreaterThan(whenHeld).isLessThan(writes.sequence.get());
    writes.letAllSyncsGo();
    Spooled.get(second);
    assertThat(recorded()).isEqualTo(writes.sequence.get());
  }

  @Test
  void failedSyncFailsWhatItCoveredAndWhatWasWrittenMeanwhile() {
    CompletableFuture<Void> second = written();
    int before = writes.syncsBegun.get();
    writes.failSync(FaultyWrites.DEVICE);
    writes.letOneSyncGo();
    assertUnknown(first);
    assertUnknown(second);
    assertThat(spool.unhealthyReason()).isNotNull();
    writes.letAllSyncsGo();
    Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
    assertThat(writes.syncsBegun.get()).as("the probe's").isEqualTo(before + 1);
    assertThat(figure("buffered.at.risk")).isEqualTo(1);
    Spooled.get(store());
  }

  @Test
  void failedWriteTakesNoResultFromASyncThatHadBegun() {
    CompletableFuture<Void> second = written();
    writes.failWrite(FaultyWrites.DEVICE);
    assertUnknown(store());
    int before = writes.syncsBegun.get();
    writes.letOneSyncGo();
    Spooled.get(first);
    assertUnknown(second);
    assertThat(writes.syncsBegun.get()).as("no sync on a log that has failed").isEqualTo(before);
    writes.letAllSyncsGo();
    Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
    Spooled.get(store());
  }

  @Test
  void writeThatEndsAfterTheSyncBesideItFailedIsNotAcknowledged() {
    Spooled.get(buffered);
    writes.writes.shut();
    CompletableFuture<Void> late = spool.store(SpoolId.random(), data, Durability.BUFFERED, null);
    writes.writes.awaitHeld();
    writes.failSync(FaultyWrites.DEVICE);
    writes.letAllSyncsGo();
    assertUnknown(first);
    writes.writes.open();
    assertUnknown(late);
    Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
    Spooled.get(store());
  }

  @Test
  void whoWaitsForTheSyncHearsOfAFailedWriteOnlyWhenTheSpoolTellsIt() {
    CompletableFuture<Void> second = written();
    SlowToTell failure = new SlowToTell("committer");
    writes.throwAtWrite(failure);
    CompletableFuture<Void> third = store();
    failure.gate.awaitHeld();
    writes.letAllSyncsGo();
    assertUnknown(second);
    assertToldBefore(failure);
    assertUnknown(third);
  }

  @Test
  void whoHasWrittenHearsOfAFailedSyncOnlyWhenTheSpoolTellsIt() {
    Spooled.get(buffered);
    writes.writes.shut();
    CompletableFuture<Void> late = spool.store(SpoolId.random(), data, Durability.BUFFERED, null);
    writes.writes.awaitHeld();
    SlowToTell failure = new SlowToTell("log-sync");
    writes.throwAtSync(failure);
    writes.letAllSyncsGo();
    failure.gate.awaitHeld();
    writes.writes.open();
    assertUnknown(late);
    assertToldBefore(failure);
    assertUnknown(first);
  }

  /** Whoever it is that fails is held when it tells the log, and before it reports. */
  private void assertToldBefore(SlowToTell failure) {
    String told = spool.unhealthyReason();
    failure.gate.open();
    assertThat(told).isNotNull();
    Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
  }

  /** A failure that one thread takes long to say. */
  @SuppressWarnings("OverrideThrowableToString") // it is held when its whole is asked for
  private static final class SlowToTell extends RuntimeException {
    private static final long serialVersionUID = 1;

    final transient Gate gate = new Gate();
    private final String role;

    SlowToTell(String role) {
      this.role = role;
      gate.shut();
    }

    @Override
    public String toString() {
      if (Thread.currentThread().getName().endsWith(role)) {
        gate.pass();
      }
      return "slow to tell";
    }
  }

  @Test
  void shutdownWaitsForTheSyncThatHasBegun() {
    CompletableFuture<Void> second = written();
    CompletableFuture<Void> end = spool.shutdown();
    assertThat(end).isNotDone();
    writes.letAllSyncsGo();
    Spooled.get(end);
    Spooled.get(first);
    Spooled.get(second);
  }

  private RocksSpool open() {
    return RocksSpool.builder(dir)
        .settings(Map.of("ballast", "0", "minFreeSpace", "0", "minFreeInodes", "0"))
        .errorUnlatchDuration(Duration.ZERO)
        .writes(writes)
        .open();
  }

  private CompletableFuture<Void> store() {
    return spool.store(SpoolId.random(), data);
  }

  /** Stores a second one, which is written while the first is held in its sync. */
  private CompletableFuture<Void> written() {
    Spooled.get(buffered);
    int before = writes.written.get();
    CompletableFuture<Void> second = store();
    Spooled.await("the second is written", () -> writes.written.get() > before);
    return second;
  }

  private static void assertUnknown(CompletableFuture<Void> future) {
    SpoolException failure = Spooled.failure(future);
    assertThat(failure.outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  private double figure(String name) {
    return spool.stats().figures().stream()
        .filter(figure -> figure.name().equals(name))
        .findFirst()
        .orElseThrow()
        .value();
  }

  private long recorded() {
    try {
      return SyncedSequence.peek(Disk.system(), new RocksLayout(dir).synced());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
