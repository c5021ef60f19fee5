package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code compact}, {@code cleanup}, {@code quarantine} and {@code verify --quarantine}. */
final class MaintenanceCommandsTest {
  private static final SpoolId ID = SpoolId.parse("0190a5b6c7d87e9f8a0b1c2d3e4f5061");
  private static final SpoolId OTHER = SpoolId.parse("0190a5b6c7d87e9f8a0b1c2d3e4f5062");

  @TempDir Path temporary;

  private Path spool() {
    return temporary.resolve("spool");
  }

  private Path aside() {
    return temporary.resolve("made/aside");
  }

  private String uri(String scheme) {
    return Cli.uri(scheme, spool());
  }

  private void put(String scheme, SpoolId id, int length) {
    byte[] message = new byte[length];
    new Random(id.hashCode()).nextBytes(message);
    try (Spool open = Spools.open(uri(scheme))) {
      open.store(id, message).join();
    }
  }

  /** A database of one table: two hundred messages, a thousand bytes each. */
  private Path table() throws IOException {
    Instant created = Instant.parse("2022-02-02T02:02:02Z");
    byte[] message = new byte[1000];
    new Random(1).nextBytes(message);
    try (Spool open = Spools.open(uri("rocksdb"))) {
      for (int i = 0; i < 200; i++) {
        open.store(SpoolId.at(created.plusSeconds(i)), message.clone()).join();
      }
      open.compact().join();
    }
    List<Path> tables = files(spool(), ".sst");
    assertThat(tables).hasSize(1);
    return tables.get(0);
  }

  private static List<Path> files(Path directory, String suffix) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(file -> file.toString().endsWith(suffix)).toList();
    }
  }

  private static void flip(Path file, long at) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(at);
      int before = open.read();
      open.seek(at);
      open.write(before ^ 1);
    }
  }

  private static void fails(Cli cli, int status, String... words) {
    assertThat(cli.status()).as("%s", cli).isEqualTo(status);
    assertThat(cli.err()).contains(words).doesNotContain("\tat ");
  }

  // compact

  @Test
  void compactsADatabase() throws IOException {
    put("rocksdb", ID, 100);

    Cli compact = Cli.run("compact", uri("rocksdb"));

    assertThat(compact.status()).as("%s", compact).isZero();
    assertThat(compact.out()).startsWith("compacted in ").contains("before ", ", after ");
    assertThat(files(spool(), ".sst")).hasSize(1);
    assertThat(SpoolContents.of(uri("rocksdb"))).containsOnlyKeys(ID);
  }

  @Test
  void compactsAJournal() {
    put("journal", ID, 100);
    put("journal", OTHER, 200_000);
    Cli.run("rm", uri("journal"), OTHER);

    Cli compact = Cli.run("compact", uri("journal"));

    assertThat(compact.status()).as("%s", compact).isZero();
    assertThat(compact.out()).startsWith("compacted in ").contains("before ", ", after ");
    assertThat(SpoolContents.of(uri("journal"))).containsOnlyKeys(ID);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "memory"})
  void saysWhereThereIsNothingToCompact(String scheme) {
    if (scheme.equals("file")) {
      put(scheme, ID, 100);
    }
    Cli compact = Cli.run("compact", scheme.equals("file") ? uri("file") : "memory:x");

    assertThat(compact.status()).isZero();
    assertThat(compact.out()).startsWith("nothing to compact");
  }

  @Test
  void aMissingTableFailsTheCompactionWhichNamesIt() throws IOException {
    Path table = table();
    Files.delete(table);

    Cli compact = Cli.run("compact", uri("rocksdb"));

    assertThat(compact.status()).isIn(ExitStatus.CANNOT_OPEN, ExitStatus.STOPPED);
    fails(compact, compact.status(), String.valueOf(table.getFileName()));
    assertThat(compact.out()).isEmpty();
  }

  @Test
  void aTruncatedTableFailsTheCompactionWhichNamesIt() throws IOException {
    Path table = table();
    try (RandomAccessFile open = new RandomAccessFile(table.toFile(), "rw")) {
      open.setLength(open.length() / 2);
    }

    Cli compact = Cli.run("compact", uri("rocksdb"));

    assertThat(compact.status()).isIn(ExitStatus.CANNOT_OPEN, ExitStatus.STOPPED);
    fails(compact, compact.status(), String.valueOf(table.getFileName()));
    assertThat(compact.out()).isEmpty();
  }

  /** Opening does not see this: compaction reads it. */
  @Test
  void aDamagedBlockFailsTheCompactionWithItsCause() throws IOException {
    Path table = table();
    flip(table, Files.size(table) / 2);

    Cli compact = Cli.run("compact", uri("rocksdb"));

    fails(compact, ExitStatus.STOPPED, "compacting the database", "checksum mismatch");
    assertThat(compact.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"compact", "cleanup"})
  void maintenanceMakesNoSpoolAndTakesNoneFromItsOwner(String command) {
    fails(Cli.run(command, uri("rocksdb")), ExitStatus.CANNOT_OPEN, "there is no spool");
    assertThat(spool()).doesNotExist();

    try (Spool owner = Spools.open(uri("file"))) {
      assertThat(owner.unhealthyReason()).isNull();
      fails(Cli.run(command, uri("file")), ExitStatus.CANNOT_OPEN, "is open elsewhere");
    }
  }

  // cleanup

  @Test
  void cleansUpWhatAnInterruptedStoreHasLeft() throws IOException {
    put("file", ID, 10);
    Path left = spool().resolve("tmp/0123456789abcdef-1.tmp");
    Files.write(left, new byte[10]);

    Cli first = Cli.run("cleanup", spool());

    assertThat(first.status()).as("%s", first).isZero();
    assertThat(first.out()).isEqualTo("removed 1 file that nothing needed\n");
    assertThat(left).doesNotExist();
    assertThat(Cli.run("cleanup", spool()).out()).isEqualTo("there was nothing to clean up\n");
    assertThat(SpoolContents.of(uri("file"))).containsOnlyKeys(ID);
  }

  @Test
  void cleansUpADatabase() {
    put("rocksdb", ID, 10);

    assertThat(Cli.run("cleanup", uri("rocksdb")).status()).isZero();
  }

  // quarantine

  @Test
  void movesADamagedMessageAsideWithItsReason() throws IOException {
    put("file", ID, 100);
    put("file", OTHER, 100);
    flip(files(spool(), ID.toString()).get(0), 10);

    Cli moved = Cli.run("quarantine", spool(), ID, aside());

    assertThat(moved.status()).as("%s", moved).isZero();
    assertThat(moved.out()).isEqualTo("moved: " + ID + " to " + aside() + "\n");
    assertThat(aside().resolve(ID + ".damaged")).exists();
    assertThat(aside().resolve(ID + ".reason")).content().contains("checksum");
    assertThat(SpoolContents.of(uri("file"))).containsOnlyKeys(OTHER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void leavesAWholeMessageAlone(String scheme) {
    put(scheme, ID, 100);

    fails(
        Cli.run("quarantine", uri(scheme), ID, aside()),
        ExitStatus.SOME_FAILED,
        "not moved: " + ID,
        "is whole");
    fails(Cli.run("quarantine", uri(scheme), OTHER, aside()), ExitStatus.SOME_FAILED, "no message");
    assertThat(SpoolContents.of(uri(scheme))).containsOnlyKeys(ID);
    assertThat(aside()).doesNotExist();
  }

  @Test
  void refusesAQuarantineInsideTheSpool() throws IOException {
    put("file", ID, 100);
    flip(files(spool(), ID.toString()).get(0), 10);
    Path inside = spool().resolve("aside");

    fails(Cli.run("quarantine", spool(), ID, inside), ExitStatus.USAGE, "inside the spool");
    fails(Cli.run("verify", "--quarantine", inside, spool()), ExitStatus.USAGE, "inside the spool");
    assertThat(inside).doesNotExist();
  }

  @Test
  void aPlaceThatCannotBeWrittenLosesNothing() throws IOException {
    put("file", ID, 100);
    flip(files(spool(), ID.toString()).get(0), 10);
    Path file = Files.writeString(temporary.resolve("file"), "x");

    fails(Cli.run("quarantine", spool(), ID, file), ExitStatus.SOME_FAILED, "not moved: " + ID);
    assertThat(files(spool(), ID.toString())).hasSize(1);
  }

  // verify --quarantine

  @Test
  void verifyMovesWhatIsDamagedOnlyWhenItIsAskedTo() throws IOException {
    put("file", ID, 100);
    put("file", OTHER, 50);
    flip(files(spool(), ID.toString()).get(0), 10);

    assertThat(Cli.run("verify", spool()).out()).contains("1 message whole (50 B), 1 damaged\n");
    assertThat(files(spool(), ID.toString())).hasSize(1);

    Cli verified = Cli.run("verify", "--quarantine", aside(), spool());

    assertThat(verified.status()).as("%s", verified).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(verified.out())
        .contains("damaged: " + ID + " at ")
        .contains("moved: " + ID + " to " + aside())
        .contains("1 message whole (50 B), 1 damaged, 1 of them moved\n");
    assertThat(aside().resolve(ID + ".reason")).exists();
    assertThat(Cli.run("verify", spool()).status()).isZero();
    assertThat(Cli.run("verify", "--json", "--quarantine", aside(), spool()).out())
        .isEqualTo("{\"whole\":1,\"bytes\":50,\"damagedCount\":0,\"moved\":0,\"complete\":true}\n");
  }

  @Test
  void whatHasNoIdStaysAndIsNamed() throws IOException {
    put("file", ID, 10);
    Path foreign = Files.writeString(spool().resolve("data/foreign"), "x");

    Cli verified = Cli.run("verify", "--quarantine", aside(), spool());

    fails(verified, ExitStatus.SOME_FAILED, "not moved: no id can be told", "data/foreign");
    assertThat(verified.out())
        .contains("1 damaged (1 without an id: of how many messages is unknown), 0 of them moved");
    assertThat(foreign).exists();
  }

  /** Its damage is a block's, which no id can be told of; so nothing is moved, and it is said. */
  @Test
  void verifyOfADatabaseNamesTheKeysThatAreDamaged() throws IOException {
    Path table = table();
    flip(table, Files.size(table) / 2);

    Cli verified = Cli.run("verify", "--quarantine", aside(), uri("rocksdb"));

    fails(verified, ExitStatus.STOPPED, "not moved: no id can be told", "is incomplete");
    assertThat(verified.out()).contains("damaged: id unknown at keys ").contains("1 damaged");
  }

  /** What is left is whole; that is not all. */
  @Test
  void verifyOfADatabaseWithoutItsLogFails() throws IOException {
    put("rocksdb", ID, 100);
    Files.delete(files(spool(), ".log").get(0));

    Cli verified = Cli.run("verify", spool());

    fails(verified, ExitStatus.SOME_FAILED, "records that had been synced are missing");
    assertThat(verified.out()).contains("0 messages whole (0 B), 0 damaged");
    assertThat(Cli.run("cleanup", spool()).status()).isZero();
    assertThat(spool().resolve("LOST-LOGS-1")).doesNotExist(); // there was nothing to keep
    assertThat(Cli.run("verify", spool()).status()).isZero();
  }

  @Test
  void verifyDoesNotMakeASpool() {
    fails(
        Cli.run("verify", "--quarantine", aside(), uri("file")),
        ExitStatus.CANNOT_OPEN,
        "there is no spool");
    assertThat(spool()).doesNotExist();
    assertThat(aside()).doesNotExist();
  }
}
