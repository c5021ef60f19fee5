package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of a shutdown leaves the next opening nothing to read from the log. */
class LastFlushTest {
  private static final int MESSAGES = 600;

  private final Ledger ledger = new Ledger();
  private final HeldDatabase held = new HeldDatabase();
  @TempDir private Path dir;

  @Test
  void nextOpeningReadsTablesNotTheLog() throws IOException {
    RocksSpool spool = open();
    ledger.storeAll(spool, MESSAGES, 10_000);
    assertThat(ledger.remove(spool, ledger.oldest(), Durability.SYNC)).isNull();
    assertThat(tables()).isEmpty();
    spool.close();
    List<Path> tables = tables();
    assertThat(tables).hasSize(1);
    assertHeld();
    assertThat(tables()).as("an opening writes what it has read from the log").isEqualTo(tables);
  }

  /** What the manifest has of the last table is known to belong to it. */
  @Test
  void manifestThatIsCutOffBehindTheLastFlushIsRefused() throws IOException {
    RocksSpool spool = open();
    ledger.storeAll(spool, MESSAGES, 10_000);
    spool.close();
    Path database = dir.resolve("s/db");
    Path manifest = database.resolve(Files.readString(database.resolve("CURRENT")).strip());
    byte[] whole = Files.readAllBytes(manifest);
    DamagedFilesTest.truncate(manifest, whole.length - 1);
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            SpoolException.class,
            e -> assertThat(e.detail()).contains(manifest.getFileName() + " has"));
    Files.write(manifest, whole);
    assertHeld();
  }

  @Test
  void littleIsLeftInTheLog() throws IOException {
    RocksSpool spool = open();
    ledger.storeAll(spool, 10, 10_000);
    spool.close();
    assertThat(tables()).isEmpty();
    assertHeld();
  }

  @Test
  void flushThatDoesNotBeginKeepsNobodyWaiting() throws Exception {
    RocksSpool spool = open();
    ledger.storeAll(spool, MESSAGES, 10_000);
    held.db().pauseBackgroundWork();
    spool.close();
    assertThat(tables()).isEmpty();
    assertHeld();
  }

  @Test
  void messageThatIsStoredAgainAfterwardsReplacesTheOneInTheTable() throws IOException {
    RocksSpool spool = open();
    ledger.storeAll(spool, MESSAGES, 10_000);
    spool.close();
    SpoolId id = ledger.oldest();
    try (RocksSpool again = open()) {
      Spooled.get(again.remove(id, Durability.SYNC, null));
    }
    try (RocksSpool again = open()) {
      assertThat(Spooled.enumerate(again)).hasSize(MESSAGES - 1).doesNotContainKey(id);
    }
  }

  private List<Path> tables() throws IOException {
    return Databases.tables(dir.resolve("s/db"));
  }

  private RocksSpool open() {
    return RocksSpool.builder(dir.resolve("s"))
        .ballast(0)
        .minFreeSpace(SpaceThreshold.off())
        .writes(held)
        .open();
  }

  private void assertHeld() {
    try (RocksSpool spool = open()) {
      assertThat(spool.health().reason()).isNull();
      ledger.assertHeld(spool);
    }
  }
}
