package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody damages the log, the manifest or {@code CURRENT} of a spool that is open; tables are the
 * affair of {@link MissingTablesTest} and {@link RocksRecoveryTest}.
 */
class DamageUnderALiveSpoolTest {
  private final FaultyWrites writes = new FaultyWrites();
  private final Ledger ledger = new Ledger();
  @TempDir private Path dir;

  @Test
  void deletedLogsAreMadeGoodForByTheNextCleanup() throws IOException {
    try (RocksSpool spool = filled()) {
      deleteLogs();
      SpoolException failure = Spooled.failure(spool.cleanup());
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(failure.detail()).contains(".log").contains("deleted");
      assertThat(spool.stats().value("latches.fatal")).hasValue(1);
      healed(spool);
    }
    reopened();
  }

  /** The flush that begins it would want the next file of the log, and fail for good. */
  @Test
  void deletedLogsAreMadeGoodForBeforeRoomIsFreed() throws IOException {
    try (RocksSpool spool = filled()) {
      deleteLogs();
      List<CompletableFuture<Void>> removals = new ArrayList<>();
      for (long i = 0; i < Reclaiming.Due.MANY; i++) {
        removals.add(spool.remove(SpoolId.random()));
        if (removals.size() == 1000) {
          removals.forEach(Spooled::get);
          removals.clear();
        }
      }
      Spooled.await("it is noticed", () -> spool.unhealthyReason() != null);
      assertThat(spool.health().reason()).contains(".log");
      healed(spool);
    }
    reopened();
  }

  /** RocksDB would go on writing to the deleted file. */
  @Test
  void emptyLogThatIsDeletedIsReplaced() throws IOException {
    try (RocksSpool spool = filled()) {
      Spooled.get(spool.adviseLowMemory());
      deleteLogs();
      assertThat(Spooled.failure(spool.cleanup()).detail()).contains(".log");
      healed(spool);
      assertThat(Databases.logs(dir.resolve("s/db"))).isNotEmpty();
    }
    reopened();
  }

  @Test
  void deletedLogsAreMadeGoodForByTheShutdown() throws IOException {
    try (RocksSpool spool = filled()) {
      deleteLogs();
      assertThat(spool.health().state()).isEqualTo(State.HEALTHY);
    }
    reopened();
  }

  @Test
  void deletedLogsAreMadeGoodForByTheRecoveryFromAFailedSync() throws IOException {
    try (RocksSpool spool = filled()) {
      deleteLogs();
      writes.failSyncs(1, FaultyWrites.DEVICE);
      assertThat(ledger.store(spool, 100, Durability.SYNC)).isInstanceOf(SpoolIOException.class);
      healed(spool);
    }
    reopened();
  }

  @Test
  void manifestThatIsCutOffEndsTheHealthUntilItIsWhole() throws IOException {
    Path manifest;
    try (RocksSpool spool = filled()) {
      manifest = manifest();
      byte[] whole = Files.readAllBytes(manifest);
      DamagedFilesTest.truncate(manifest, whole.length / 2);
      shedsAndServes(spool, "manifest");
      Files.write(manifest, whole, StandardOpenOption.TRUNCATE_EXISTING);
      healed(spool);
    }
    reopened();
  }

  @Test
  void currentThatIsMissingEndsTheHealthUntilItIsThere() throws IOException {
    Path current = dir.resolve("s/db/CURRENT");
    Path away = dir.resolve("away");
    try (RocksSpool spool = filled()) {
      Files.move(current, away);
      shedsAndServes(spool, "CURRENT");
      Files.move(away, current);
      healed(spool);
    }
    reopened();
  }

  private void shedsAndServes(RocksSpool spool, String named) {
    Spooled.await("it is noticed", () -> spool.unhealthyReason() != null);
    assertThat(spool.health().reason()).contains(named);
    assertThat(ledger.store(spool, 100, Durability.SYNC))
        .isInstanceOf(SpoolUnhealthyException.class);
    assertThat(ledger.unreadable(spool, false)).as("messages that cannot be read").isZero();
  }

  private RocksSpool filled() {
    RocksSpool spool = builder().open();
    ledger.storeAll(spool, 20, 1000);
    Spooled.get(spool.compact());
    ledger.storeAll(spool, 20, 1000);
    return spool;
  }

  private void healed(RocksSpool spool) {
    Spooled.await("it is well", () -> spool.health().state() == State.HEALTHY);
    ledger.storeAll(spool, 5, 1000);
    ledger.assertHeld(spool);
  }

  private void deleteLogs() throws IOException {
    assertThat(Databases.logs(dir.resolve("s/db"))).isNotEmpty();
    for (Path log : Databases.logs(dir.resolve("s/db"))) {
      Files.delete(log);
    }
  }

  private Path manifest() throws IOException {
    Path database = dir.resolve("s/db");
    return database.resolve(Files.readString(database.resolve("CURRENT")).strip());
  }

  private void reopened() {
    try (RocksSpool spool = builder().open()) {
      assertThat(spool.health().reason()).isNull();
      ledger.assertHeld(spool);
    }
  }

  private RocksSpool.Builder builder() {
    return RocksSpool.builder(dir.resolve("s"))
        .ballast(0)
        .minFreeSpace(SpaceThreshold.off())
        .minFreeInodes(SpaceThreshold.off())
        .cleanupInterval(Duration.ZERO)
        .errorUnlatchDuration(Duration.ZERO)
        .writes(writes);
  }
}
