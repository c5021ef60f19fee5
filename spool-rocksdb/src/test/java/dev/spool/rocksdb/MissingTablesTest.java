package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Somebody deletes tables of a spool that is open. */
@EnabledOnOs(OS.LINUX)
class MissingTablesTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final FaultyWrites writes = new FaultyWrites();
  private final Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
  @TempDir private Path dir;

  @Test
  void cleanupShedsSaysWhyAndPutsTheTablesBack() throws IOException {
    try (RocksSpool spool = filled(builder().errorUnlatchDuration(LONG))) {
      List<Path> deleted = deleteTables();
      SpoolException failure = Spooled.failure(spool.cleanup());
      assertThat(failure).isInstanceOf(SpoolIOException.class);
      assertThat(failure.detail()).contains(name(deleted.get(0))).contains("put back");
      assertThat(deleted).allMatch(Files::exists);
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      assertThat(spool.health().cause()).isInstanceOf(SpoolIOException.class);
      assertThat(spool.health().reason()).contains(name(deleted.get(0)));
      assertThat(Spooled.failure(spool.store(SpoolId.random(), new byte[10])))
          .isInstanceOf(SpoolUnhealthyException.class);
      assertHolds(spool);
    }
    reopened();
  }

  @Test
  void storesAreTakenAgainWhenNothingIsMissing() throws IOException {
    try (RocksSpool spool = filled(builder())) {
      deleteTables();
      assertThat(Spooled.failure(spool.cleanup()).detail()).contains("put back");
      healed(spool);
      store(spool, 5);
      assertHolds(spool);
    }
    reopened();
  }

  @Test
  void recoveryFromAFailedSyncLosesNothing() throws IOException {
    try (RocksSpool spool = filled(builder())) {
      deleteTables();
      failSync(spool);
      healed(spool);
      assertHolds(spool);
    }
    reopened();
  }

  @Test
  void recoveryThatCannotPutThemBackKeepsThemOpen() throws IOException {
    try (RocksSpool spool = filled(builder())) {
      Path deleted = deleteTables().get(0);
      Path obstacle = obstruct(deleted);
      failSync(spool);
      // First they are found missing, then putting them back fails: only that says what to do.
      Spooled.await(
          "it is said",
          () -> String.valueOf(spool.health().reason()).contains("do not end the process"));
      assertThat(spool.health().reason()).contains(name(deleted));
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      assertHolds(spool);
      clear(obstacle);
      healed(spool);
      assertThat(spool.health().reason()).isNull();
      assertHolds(spool);
    }
    reopened();
  }

  @Test
  void shutdownPutsThemBack() throws IOException {
    try (RocksSpool spool = filled(builder())) {
      deleteTables();
      assertThat(spool.health().state()).isEqualTo(State.HEALTHY);
    }
    reopened();
  }

  @Test
  void shutdownThatCannotPutThemBackLeavesThemOpen() throws IOException {
    RocksSpool spool = filled(builder());
    Path deleted = deleteTables().get(0);
    Path obstacle = obstruct(deleted);
    assertThat(Spooled.failure(spool.shutdown()).detail())
        .contains(name(deleted))
        .contains("left open")
        .contains("do not end the process");
    assertThatThrownBy(() -> builder().open()).isInstanceOf(dev.spool.SpoolLockedException.class);
    clear(obstacle);
  }

  @Test
  void tableThatIsNotOpenShedsUntilItIsThereAgain() throws IOException {
    try (RocksSpool spool = withTablesThatAreNotOpen()) {
      Map<Path, byte[]> copies = copies();
      deleteTables();
      assertThat(Spooled.failure(spool.cleanup()).detail()).contains("which is not open");
      assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
      SpoolId removed = messages.keySet().iterator().next();
      messages.remove(removed);
      Spooled.get(spool.remove(removed, Durability.SYNC, null)); // removals go on
      for (Map.Entry<Path, byte[]> copy : copies.entrySet()) {
        if (!Files.exists(copy.getKey())) {
          Files.write(copy.getKey(), copy.getValue());
        }
      }
      healed(spool);
      assertHolds(spool);
    }
    reopened();
  }

  @Test
  void tableThatIsNotOpenFailsTheCompactionAndLatches() throws IOException {
    RocksSpool spool = withTablesThatAreNotOpen();
    deleteTables();
    SpoolException failure = Spooled.failure(spool.compact());
    assertThat(failure.detail()).contains(".sst").contains("No such file");
    assertThat(spool.health().state()).isEqualTo(State.SHEDDING);
    assertThat(Spooled.failure(spool.shutdown()).detail()).contains("which is not open");
    assertThatThrownBy(() -> builder().open()).isInstanceOf(SpoolIOException.class);
  }

  private RocksSpool.Builder builder() {
    return RocksSpool.builder(dir.resolve("s"))
        .ballast(0)
        .minFreeSpace(SpaceThreshold.parse("0"))
        .minFreeInodes(SpaceThreshold.parse("0"))
        .cleanupInterval(Duration.ZERO)
        .errorUnlatchDuration(Duration.ZERO)
        .writes(writes);
  }

  private RocksSpool filled(RocksSpool.Builder builder) {
    RocksSpool spool = builder.open();
    store(spool, 50);
    Spooled.get(spool.compact());
    store(spool, 5);
    return spool;
  }

  /** RocksDB opens a few of them when the database is opened, and the others when it needs them. */
  private RocksSpool withTablesThatAreNotOpen() throws IOException {
    try (RocksSpool spool = builder().open()) {
      for (int i = 0; i < 3; i++) {
        store(spool, 10);
        Spooled.get(spool.adviseLowMemory());
      }
    }
    assertThat(Databases.tables(dir.resolve("s/db"))).hasSize(3);
    return builder().maxOpenFiles(20).open();
  }

  private void store(RocksSpool spool, int count) {
    for (int i = 0; i < count; i++) {
      SpoolId id = SpoolId.random();
      byte[] data = new byte[1000 + messages.size()];
      messages.put(id, data);
      Spooled.get(spool.store(id, data, Durability.BUFFERED, null));
    }
  }

  private void failSync(RocksSpool spool) {
    writes.failSyncs(1, FaultyWrites.DEVICE);
    assertThat(Spooled.failure(spool.store(SpoolId.random(), new byte[10]))).isNotNull();
  }

  private List<Path> deleteTables() throws IOException {
    List<Path> tables = Databases.tables(dir.resolve("s/db"));
    assertThat(tables).isNotEmpty();
    for (Path table : tables) {
      Files.delete(table);
    }
    return tables;
  }

  private Map<Path, byte[]> copies() throws IOException {
    Map<Path, byte[]> copies = new LinkedHashMap<>();
    for (Path table : Databases.tables(dir.resolve("s/db"))) {
      copies.put(table, Files.readAllBytes(table));
    }
    return copies;
  }

  /** Puts something into the place of the copy that is to be made. */
  private static Path obstruct(Path table) throws IOException {
    Path obstacle = table.resolveSibling(name(table) + MissingTables.COPY);
    Files.createDirectory(obstacle);
    Files.createFile(obstacle.resolve("x"));
    return obstacle;
  }

  private static void clear(Path obstacle) throws IOException {
    Files.delete(obstacle.resolve("x"));
    Files.delete(obstacle);
  }

  private static String name(Path table) {
    return String.valueOf(table.getFileName());
  }

  private static void healed(RocksSpool spool) {
    Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
  }

  private void assertHolds(RocksSpool spool) {
    Map<SpoolId, byte[]> seen = Spooled.enumerate(spool);
    messages.forEach((id, data) -> assertThat(seen.get(id)).as(id.toString()).isEqualTo(data));
    messages.forEach((id, data) -> assertThat(Spooled.get(spool.load(id))).isEqualTo(data));
  }

  private void reopened() {
    try (RocksSpool spool = builder().open()) {
      assertThat(spool.health().reason()).isNull();
      assertHolds(spool);
    }
  }
}
