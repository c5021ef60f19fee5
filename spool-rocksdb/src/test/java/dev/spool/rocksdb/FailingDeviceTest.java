package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * File calls of RocksDB and of the spool fail, one kind of call on one kind of file at a time,
 * while it works, and go on failing until they are mended: nothing that was acknowledged is lost,
 * nothing is promised meanwhile that is not kept, and without being closed the spool takes stores
 * again.
 */
@Tag("same-on-any-jdk")
class FailingDeviceTest {
  @TempDir private static Path shared;
  private static FaultyJvm jvm;

  @BeforeAll
  static void start() throws Exception {
    jvm = FaultyJvm.start(Child.class, shared);
  }

  @AfterAll
  static void end() throws Exception {
    if (jvm != null) {
      jvm.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // the log
        "write:.log:5",
        "sync:.log:5",
        "write:.log:28",
        "sync:.log:28",
        // a table, by flush and compaction
        "write:.sst:5",
        "sync:.sst:5",
        "write:.sst:28",
        "open:.sst:24",
        // the manifest
        "write:MANIFEST:5",
        "sync:MANIFEST:5",
        "write:MANIFEST:28",
        "sync:MANIFEST:28",
        // the spool's own records of what was synced
        "write:SYNCED:5",
        "write:SYNCED:28",
        "write:KNOWN-MANIFEST:5",
      })
  void nothingIsLostAndStoresComeBack(String rule, @TempDir Path dir) throws IOException {
    jvm.run("mended", dir.toString(), rule);
  }

  @Test
  void fileSystemThatIsReadOnlyForAWhile(@TempDir Path dir) throws IOException {
    jvm.run("readOnly", dir.toString());
  }

  @Test
  void whatCouldNotBeReadIsRepeatedBeforeStoresComeBack(@TempDir Path dir) throws IOException {
    jvm.run("unreadable", dir.toString());
  }

  /**
   * A database that was opened and is not taken into use is closed, or no other one gets its lock.
   */
  @Test
  void openingIsTriedAgainUntilItCanBeRecordedWhatTheLogHasLost(@TempDir Path dir)
      throws IOException {
    jvm.run("lostLog", dir.toString());
  }

  /** Whether it is a store that meets it first, or the look that is taken once a second. */
  @Test
  void flushThatFailsInTheBackgroundIsCountedOnce(@TempDir Path dir) throws IOException {
    jvm.run("background", dir.toString());
  }

  @Test
  void shutdownThatCannotSyncSaysSo(@TempDir Path dir) throws IOException {
    jvm.run("syncAtEnd", dir.toString());
  }

  /** What was written without sync since it was synced last, nobody has synced then. */
  @Test
  void shutdownOfADatabaseThatCouldNotBeOpenedAgainSaysWhatIsNotSynced(@TempDir Path dir)
      throws IOException {
    jvm.run("notOpen", dir.toString());
  }

  /** Nothing was written then: so the log is none that has failed. */
  @Test
  void messageThatCannotBeReadAgainIsNotTakenOut(@TempDir Path dir) throws IOException {
    jvm.run("quarantine", dir.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "write:.sst:28",
        "sync:.sst:5",
        "write:MANIFEST:5",
        "sync:MANIFEST:28",
        "open:.log:30",
        "rename:db/:5",
        "sync:/db:5",
        "read:.log:5",
        "read:MANIFEST:5",
        "read:CURRENT:5",
        "openread:.log:24",
        "openread:.sst:5",
        "openread:MANIFEST:13",
        "open:LOCK:5",
      })
  void openingThatFailsChangesNothing(String rule, @TempDir Path dir) throws IOException {
    jvm.run("opening", dir.toString(), rule);
  }

  /** What is run where files fail. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws IOException {
      FaultyJvm.serve(
          words -> {
            Path dir = Path.of(words[1]);
            switch (words[0]) {
              case "mended" -> mended(dir, words[2].replace(':', ' '));
              case "readOnly" -> readOnly(dir);
              case "unreadable" -> unreadable(dir);
              case "lostLog" -> lostLog(dir);
              case "background" -> background(dir);
              case "syncAtEnd" -> syncAtEnd(dir);
              case "quarantine" -> quarantine(dir);
              case "notOpen" -> notOpen(dir);
              case "opening" -> opening(dir, words[2].replace(':', ' '));
              default -> throw new IllegalArgumentException(words[0]);
            }
          });
    }

    private static void mended(Path dir, String rule) throws IOException {
      Ledger ledger = new Ledger();
      try (RocksSpool spool = open(dir)) {
        ledger.storeAll(spool, 20, 1000);
        Spooled.get(spool.adviseLowMemory());
        ledger.storeAll(spool, 20, 1000);
        FaultyJvm.fail(rule);
        List<CompletableFuture<?>> calls = disturb(spool, ledger);
        Spooled.await("a call fails", () -> !FaultyJvm.hits().isEmpty());
        Spooled.await("it is noticed", () -> spool.health().state() != State.HEALTHY);
        assertThat(ledger.unreadable(spool, false)).as("messages that cannot be read").isZero();
        FaultyJvm.clear();
        for (CompletableFuture<?> call : calls) {
          typed(call);
        }
        ledger.settle();
        Spooled.await("it is well", () -> spool.health().state() == State.HEALTHY);
        ledger.storeAll(spool, 10, 1000);
        ledger.assertHeld(spool);
        Spooled.get(spool.compact());
        ledger.assertHeld(spool);
      }
      reopened(dir, ledger);
    }

    /** Everything that writes, at the same time; ends sooner or later. */
    private static List<CompletableFuture<?>> disturb(RocksSpool spool, Ledger ledger) {
      List<CompletableFuture<?>> calls = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        calls.add(ledger.startStore(spool, 3000, Durability.SYNC));
        calls.add(ledger.startStore(spool, 3000, Durability.BUFFERED));
        ledger.startRemove(spool, ledger.oldest());
      }
      calls.add(spool.adviseLowMemory());
      calls.add(spool.compact());
      return calls;
    }

    /** As a kernel makes it that has met an error; all descriptors stay open. */
    private static void readOnly(Path dir) throws IOException {
      Ledger ledger = new Ledger();
      try (RocksSpool spool = open(dir)) {
        ledger.storeAll(spool, 20, 1000);
        Spooled.get(spool.adviseLowMemory());
        ledger.storeAll(spool, 20, 1000);
        FaultyJvm.fail(
            "open " + dir + " 30",
            "write " + dir + " 30",
            "rename " + dir + " 30",
            "unlink " + dir + " 30",
            "sync " + dir + " 30");
        assertThat(ledger.store(spool, 100, Durability.SYNC)).isInstanceOf(SpoolIOException.class);
        assertThat(spool.unhealthyReason()).isNotNull();
        Spooled.await(
            "the opening was tried again and again",
            () -> FaultyJvm.hits().stream().filter(hit -> hit.endsWith("db/LOG")).count() >= 3);
        assertThat(ledger.unreadable(spool, false)).as("messages that cannot be read").isZero();
        assertThat(Spooled.enumerate(spool)).containsKeys(ledger.ids().toArray(SpoolId[]::new));
        assertThat(ledger.store(spool, 100, Durability.SYNC))
            .isInstanceOf(SpoolUnhealthyException.class);
        SpoolId kept = ledger.oldest();
        SpoolException late =
            Spooled.failure(
                spool.remove(kept, Durability.SYNC, Deadline.after(Duration.ofMillis(100))));
        assertThat(late).isInstanceOf(DeadlineExceededException.class);
        assertThat(late.outcome()).isEqualTo(SpoolException.Outcome.NOT_APPLIED);
        ledger.startRemove(spool, ledger.ids().get(1)); // waits, within its deadline
        FaultyJvm.clear();
        Spooled.await("it is well", () -> spool.health().state() == State.HEALTHY);
        ledger.settle();
        assertThat(ledger.ids()).contains(kept);
        ledger.storeAll(spool, 10, 1000);
        ledger.assertHeld(spool);
      }
      reopened(dir, ledger);
    }

    private static void unreadable(Path dir) throws IOException {
      Ledger ledger = new Ledger();
      try (RocksSpool spool = open(dir)) {
        ledger.storeAll(spool, 20, 1000);
        Spooled.get(spool.compact());
      }
      try (RocksSpool spool = open(dir)) {
        FaultyJvm.fail("read .sst 5");
        SpoolException failure = Spooled.failure(spool.load(ledger.oldest()));
        assertThat(failure).isInstanceOf(SpoolIOException.class);
        assertThat(spool.unhealthyReason()).isNotNull();
        long probes = spool.stats().value("health.probes.failed").orElseThrow();
        // Writing works all the time, and proves nothing.
        Spooled.await(
            "probes fail",
            () -> spool.stats().value("health.probes.failed").orElseThrow() >= probes + 3);
        assertThat(spool.unhealthyReason()).isNotNull();
        assertThat(ledger.store(spool, 100, Durability.SYNC))
            .isInstanceOf(SpoolUnhealthyException.class);
        FaultyJvm.clear();
        Spooled.await("it is well", () -> spool.health().state() == State.HEALTHY);
        ledger.storeAll(spool, 10, 1000);
        ledger.assertHeld(spool);
      }
      reopened(dir, ledger);
    }

    private static void lostLog(Path dir) throws IOException {
      try (RocksSpool spool = open(dir)) {
        new Ledger().storeAll(spool, 20, 1000);
        Databases.flip(Databases.logs(dir.resolve("db")).get(0), 10_000);
        FaultyJvm.fail("sync .log 5", "write SYNCED 5");
        assertThat(Spooled.failure(spool.store(SpoolId.random(), new byte[10])))
            .isInstanceOf(SpoolIOException.class);
        FaultyJvm.fail("write SYNCED 5");
        Spooled.await("it was opened and recorded in vain", () -> FaultyJvm.hits().size() >= 3);
        assertThat(spool.unhealthyReason()).isNotNull();
        FaultyJvm.clear();
        Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
        assertThat(spool.health().reason()).contains("records that had been synced are missing");
        Spooled.get(spool.store(SpoolId.random(), new byte[10]));
      }
      open(dir).close();
    }

    private static void background(Path dir) throws IOException {
      Ledger ledger = new Ledger();
      try (RocksSpool spool = builder(dir).writeBufferSize(64 << 10).open()) {
        FaultyJvm.fail("sync .sst 5");
        while (FaultyJvm.hits().isEmpty()) {
          var unused = ledger.store(spool, 10_000, Durability.BUFFERED);
        }
        Spooled.await("it is noticed", () -> spool.unhealthyReason() != null);
        FaultyJvm.clear();
        Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
        Spooled.await(
            "it is counted", () -> spool.stats().value("background.errors").orElse(0) > 0);
        assertThat(spool.stats().value("background.errors")).hasValue(1);
        RocksDiagnostics.Background seen = Spooled.get(spool.diagnostics()).background();
        assertThat(seen.errors()).isOne();
        assertThat(seen.last()).contains(".sst");
        ledger.assertHeld(spool);
      }
      reopened(dir, ledger);
    }

    private static void syncAtEnd(Path dir) throws IOException {
      Ledger ledger = new Ledger();
      RocksSpool spool = open(dir);
      ledger.storeAll(spool, 5, 1000);
      for (int i = 0; i < 3; i++) {
        assertThat(ledger.store(spool, 100, Durability.BUFFERED)).isNull();
      }
      FaultyJvm.fail("sync .log 5");
      SpoolException failure = Spooled.failure(spool.shutdown());
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(failure.detail()).contains("3 buffered writes could not be synced");
      FaultyJvm.clear();
      reopened(dir, ledger); // the machine has not failed, so they are there
    }

    private static void notOpen(Path dir) throws IOException {
      Ledger ledger = new Ledger();
      SyncedThen writes = new SyncedThen();
      RocksSpool spool = builder(dir).writes(writes).open();
      ledger.storeAll(spool, 30, 100_000);
      int before = ledger.size();
      while (ledger.size() == before) { // else it came when the database was closed already
        FaultyJvm.clear();
        Spooled.await("it is well", () -> spool.unhealthyReason() == null);
        Spooled.get(spool.adviseLowMemory());
        ledger.assertHeld(spool); // so that there is a cache to drop
        FaultyJvm.fail("open db/LOCK 5");
        writes.then(
            () -> {
              var unused = ledger.startStore(spool, 10, Durability.BUFFERED);
            });
        Spooled.get(spool.adviseLowMemory()); // syncs, and opens it again
        ledger.settle();
      }
      assertThat(FaultyJvm.hits()).isNotEmpty();
      SpoolException failure = Spooled.failure(spool.shutdown());
      assertThat(failure.detail()).contains("1 buffered writes could not be synced");
      FaultyJvm.clear();
      reopened(dir, ledger);
    }

    private static void quarantine(Path dir) throws IOException {
      Path spooled = QuarantineTest.damaged(dir);
      Path aside = dir.resolve("aside");
      HeldWrites writes = new HeldWrites();
      try (RocksSpool spool = builder(spooled).writes(writes).open()) {
        CompletableFuture<Void> store =
            spool.store(SpoolId.random(), new byte[10], Durability.BUFFERED, null);
        Spooled.await("a write is held", () -> writes.begun.getCount() == 0);
        CompletableFuture<Void> quarantine = spool.quarantine(QuarantineTest.ID, aside);
        Spooled.await(
            "it is saved", () -> Files.exists(aside.resolve(QuarantineTest.ID + ".reason")));
        FaultyJvm.fail("read .sst 5");
        writes.goOn.countDown();
        Spooled.get(store);
        SpoolException failure = Spooled.failure(quarantine);
        assertThat(failure.outcome()).isEqualTo(SpoolException.Outcome.NOT_APPLIED);
        assertThat(spool.stats().value("buffered.at.risk")).hasValue(0);
        FaultyJvm.clear();
        Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
        Spooled.get(spool.quarantine(QuarantineTest.ID, aside));
      }
    }

    private static void opening(Path dir, String rule) throws IOException {
      Ledger ledger = new Ledger();
      try (RocksSpool spool = open(dir)) {
        ledger.storeAll(spool, 20, 1000);
        Spooled.get(spool.adviseLowMemory());
        ledger.storeAll(spool, 20, 1000);
      }
      FaultyJvm.fail(rule);
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> open(dir)).isInstanceOf(SpoolException.class);
      }
      assertThat(FaultyJvm.hits()).isNotEmpty();
      FaultyJvm.clear();
      reopened(dir, ledger);
    }

    private static void typed(CompletableFuture<?> call) {
      try {
        var unused = Spooled.get(call);
      } catch (SpoolException e) {
        assertThat(e.detail()).isNotBlank();
      }
    }

    private static void reopened(Path dir, Ledger ledger) {
      try (RocksSpool spool = open(dir)) {
        assertThat(spool.health().reason()).isNull();
        ledger.assertHeld(spool);
        Spooled.get(spool.store(SpoolId.random(), new byte[10]));
      }
    }

    private static RocksSpool open(Path dir) {
      return builder(dir).open();
    }

    private static RocksSpool.Builder builder(Path dir) {
      return RocksSpool.builder(dir)
          .ballast(0)
          .minFreeSpace(SpaceThreshold.off())
          .minFreeInodes(SpaceThreshold.off())
          .errorLatchDuration(Duration.ofSeconds(1))
          .errorUnlatchDuration(Duration.ZERO);
    }
  }

  /** Does something after the next sync, before anybody hears of that. */
  private static final class SyncedThen implements NativeWrites {
    private final AtomicReference<@Nullable Runnable> next = new AtomicReference<>();

    void then(Runnable work) {
      next.set(work);
    }

    @Override
    public void write(RocksDB db, WriteOptions options, WriteBatch batch) throws RocksDBException {
      DIRECT.write(db, options, batch);
    }

    @Override
    public void syncWal(RocksDB db) throws RocksDBException {
      DIRECT.syncWal(db);
      Runnable work = next.getAndSet(null);
      if (work != null) {
        work.run();
      }
    }
  }
}
