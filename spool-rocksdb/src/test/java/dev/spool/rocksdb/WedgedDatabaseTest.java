package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.CompactionReport;
import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.SpoolUnhealthyException;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Tables are cut off under a live spool, or while it is closed, as whoever has run KumoMTA's tests
 * knows it: with small memtables, so that the database goes through flush and compaction within a
 * few messages. The spool sheds, says which table, and takes stores again only when that can be
 * read.
 */
class WedgedDatabaseTest {
  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

  private final Random random = new Random(1);
  private final Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
  @TempDir private Path dir;

  @Test
  void compactionOfATruncatedTableFailsShedsAndNamesIt() throws IOException {
    try (RocksSpool spool = builder().patience(Duration.ofSeconds(2)).open()) {
      store(spool, 1);
      Spooled.get(spool.compact());
      Path table = Databases.tables(db()).get(0);
      byte[] content = Files.readAllBytes(table);
      store(spool, 3);
      truncate(table);
      SpoolException failure = Spooled.failure(spool.compact());
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(failure.detail()).contains("Corruption").contains(name(table));
      assertSheds(spool, name(table));
      assertThat(Spooled.failure(spool.compact()).detail()).contains(name(table));
      // What the other tables and the log hold is served meanwhile.
      for (SpoolId id : List.copyOf(messages.keySet()).subList(1, 4)) {
        assertThat(Spooled.get(spool.load(id))).isEqualTo(messages.get(id));
      }
      assertSheds(spool, name(table));
      Files.write(table, content);
      assertHeals(spool);
      CompactionReport report = Spooled.get(spool.compact());
      assertThat(report.filesAfter()).isPositive();
      assertThat(Spooled.get(spool.diagnostics()).levels().get(6).files()).isOne();
    }
    reopened();
  }

  /**
   * Its table can be opened, and the database with it; so writing works again, and proves little.
   */
  @Test
  void spoolShedsUntilTheDamagedTableWasReadAgain() throws IOException {
    try (RocksSpool spool = builder().open()) {
      store(spool, 5);
      Spooled.get(spool.compact());
      Path table = Databases.tables(db()).get(0);
      Databases.flip(table, 100);
      assertThat(Spooled.failure(spool.compact()).detail()).contains(name(table));
      Spooled.await(
          "probes have failed", () -> spool.stats().value("health.probes.failed").orElse(0) >= 2);
      assertSheds(spool, name(table));
      Databases.flip(table, 100);
      assertHeals(spool);
    }
    reopened();
  }

  @Test
  void compactionInTheBackgroundThatMeetsDamageShedsAndSaysWhich() throws IOException {
    HeldDatabase held = new HeldDatabase();
    try (RocksSpool spool = builder().writes(held).open()) {
      store(spool, 1);
      held.db().abortAllCompactions();
      while (Databases.tables(db()).size() < 5) {
        store(spool, 1);
      }
      Path table = Databases.tables(db()).get(0);
      byte[] content = Files.readAllBytes(table);
      truncate(table);
      held.db().resumeAllCompactions();
      beginCompactions(held.db());
      Spooled.await(
          "the failure in the background is known",
          () -> Spooled.get(spool.diagnostics()).background().last() != null);
      RocksDiagnostics.Background background = Spooled.get(spool.diagnostics()).background();
      assertThat(background.last()).contains("Corruption").contains(name(table));
      assertThat(background.lastAt()).isNotNull();
      assertThat(background.errors()).isPositive();
      // What has failed is noted before health is told.
      Spooled.await("it sheds", () -> spool.health().state() == State.SHEDDING);
      assertSheds(spool, name(table));
      assertThat(spool.stats().value("background.errors").orElse(0)).isPositive();
      Files.write(table, content);
      assertHeals(spool);
      // It was opened again meanwhile, and is not forgotten.
      assertThat(spool.stats().value("background.errors").orElse(0)).isPositive();
    }
    reopened();
  }

  @Test
  void tableThatWasCutOffWhileClosedRefusesTheOpeningAndIsNamed() throws IOException {
    try (RocksSpool spool = builder().open()) {
      store(spool, 5);
      Spooled.get(spool.compact());
    }
    Path table = Databases.tables(db()).get(0);
    byte[] content = Files.readAllBytes(table);
    truncate(table);
    assertThatThrownBy(() -> builder().open())
        .isInstanceOfSatisfying(
            SpoolIOException.class, e -> assertThat(e.detail()).contains(name(table)));
    Files.write(table, content);
    reopened();
  }

  @Test
  void compactionFlushesAndLeavesEverythingAtTheBottom() throws IOException {
    try (RocksSpool spool = builder().open()) {
      store(spool, 30);
      for (SpoolId id : messages.keySet().stream().limit(25).toList()) {
        Spooled.get(spool.remove(id, Durability.BUFFERED, null));
        messages.remove(id);
      }
      CompactionReport report = Spooled.get(spool.compact());
      RocksDiagnostics after = Spooled.get(spool.diagnostics());
      assertThat(after.memory().unflushed()).isLessThan(10_000);
      assertThat(after.levels().stream().limit(6)).allMatch(level -> level.files() == 0);
      assertThat(after.files().liveBytes()).isLessThan(10 * 10_000);
      assertThat(report.bytesBefore()).isGreaterThan(report.bytesAfter());
    }
    reopened();
  }

  /** RocksDB thinks of compactions after a flush. */
  private static void beginCompactions(RocksDB db) {
    try (FlushOptions options = new FlushOptions()) {
      db.flush(options);
    } catch (RocksDBException e) {
      assertThat(e).hasMessageContaining(".sst"); // the compaction was faster
    }
  }

  private void assertSheds(RocksSpool spool, String named) {
    assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
    assertThat(spool.health().reason()).contains(named);
    assertThat(spool.unhealthyReason()).isEqualTo("the spool is not accepting writes");
    assertThat(Spooled.failure(spool.store(SpoolId.random(), new byte[10])))
        .isInstanceOf(SpoolUnhealthyException.class)
        .hasMessage("the spool is not accepting writes");
    assertThat(spool.stats().value("load.shed.active")).hasValue(1);
  }

  private void assertHeals(RocksSpool spool) {
    Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
    store(spool, 3);
    assertHolds(spool);
  }

  private void assertHolds(RocksSpool spool) {
    Map<SpoolId, byte[]> seen = Spooled.enumerate(spool);
    assertThat(seen).hasSameSizeAs(messages);
    messages.forEach((id, data) -> assertThat(seen.get(id)).as(id.toString()).isEqualTo(data));
  }

  private RocksSpool.Builder builder() {
    return RocksSpool.builder(dir.resolve("s"))
        .ballast(0)
        .cacheSize(8 << 20)
        .writeBufferSize(64 << 10)
        .level0StopWritesTrigger(8)
        .minFreeSpace(SpaceThreshold.off())
        .minFreeInodes(SpaceThreshold.off())
        .cleanupInterval(Duration.ZERO)
        .errorUnlatchDuration(Duration.ofMillis(100));
  }

  private Path db() {
    return dir.resolve("s/db");
  }

  private void store(RocksSpool spool, int count) {
    for (int i = 0; i < count; i++) {
      byte[] data = new byte[10_000];
      random.nextBytes(data);
      // Out of order: tables that do not overlap would be moved down without being read.
      SpoolId id = SpoolId.at(LONG_AGO.plusSeconds(random.nextInt(1_000_000)));
      messages.put(id, data);
      Spooled.get(spool.store(id, data, Durability.BUFFERED, null));
    }
  }

  private static void truncate(Path table) throws IOException {
    try (FileChannel file = FileChannel.open(table, StandardOpenOption.WRITE)) {
      file.truncate(0);
    }
  }

  private static String name(Path table) {
    return String.valueOf(table.getFileName());
  }

  private void reopened() {
    try (RocksSpool spool = builder().open()) {
      assertThat(spool.health().reason()).isNull();
      assertHolds(spool);
    }
  }
}
