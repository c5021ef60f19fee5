package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.Durability;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
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
 * A file of a closed database is damaged, in many ways and places: the spool refuses to open, or
 * serves what it has and says that something is wrong. It never serves wrong bytes, and never calls
 * itself healthy with a message missing.
 */
@Tag("same-on-any-jdk")
class DamagedFilesTest {
  @TempDir private static Path shared;
  private static Path image;
  private static final Ledger LEDGER = new Ledger();

  private static RocksSpool crashed;
  private static final Held HELD = new Held();

  /**
   * Makes what a crash leaves: tables of two flushes, removals in the second, and a log of several
   * files.
   */
  @BeforeAll
  static void makeImage() throws Exception {
    crashed = builder(shared.resolve("s")).writeBufferSize(64 << 10).writes(HELD).open();
    LEDGER.storeAll(crashed, 20, 1000);
    Spooled.get(crashed.adviseLowMemory());
    LEDGER.storeAll(crashed, 20, 1000);
    for (int i = 0; i < 3; i++) {
      assertThat(LEDGER.remove(crashed, LEDGER.oldest(), Durability.SYNC)).isNull();
    }
    Spooled.get(crashed.adviseLowMemory());
    HELD.opened().pauseBackgroundWork();
    for (int i = 0; i < 13; i++) {
      assertThat(LEDGER.store(crashed, 10_000, Durability.SYNC)).isNull();
    }
    Spooled.get(crashed.cleanup()); // writes down how long the manifest is by now
    image = shared.resolve("image");
    copy(shared.resolve("s"), image);
    assertThat(files(".log", image)).hasSizeGreaterThanOrEqualTo(2);
    assertThat(files(".sst", image)).hasSizeGreaterThanOrEqualTo(2);
  }

  @AfterAll
  static void end() throws RocksDBException {
    HELD.opened().continueBackgroundWork();
    crashed.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {".log", ".sst", "MANIFEST", "CURRENT", "SYNCED", "OPTIONS", "IDENTITY"})
  void neverWrongAndNeverHealthyWithAMessageMissing(String kind, @TempDir Path dir)
      throws IOException {
    int cases = 0;
    for (Path original : files(kind, image)) {
      for (Damage damage : damages(Files.size(original))) {
        Path copy = dir.resolve("c" + cases++);
        copy(image, copy);
        Path file = copy.resolve(image.relativize(original));
        damage.to(file);
        String what = String.format(Locale.ROOT, "%s of %s", damage, original.getFileName());
        judge(copy, what);
      }
    }
    assertThat(cases).isGreaterThan(5);
  }

  /** As a file system does that has mixed up its files, or somebody who puts them back. */
  @ParameterizedTest
  @ValueSource(strings = {"SYNCED", "KNOWN-MANIFEST"})
  void filesThatAreExchangedDoNotGoUnnoticed(String name, @TempDir Path dir) throws IOException {
    int cases = 0;
    for (Path original : files("", image)) {
      if (original.endsWith(name)) {
        continue;
      }
      Path copy = dir.resolve("c" + cases++);
      copy(image, copy);
      Path one = copy.resolve(name);
      Path other = copy.resolve(image.relativize(original));
      Files.move(one, copy.resolve("between"));
      Files.move(other, one);
      Files.move(copy.resolve("between"), other);
      judge(copy, name + " exchanged with " + original.getFileName());
    }
    assertThat(cases).isGreaterThan(8);
  }

  /** How far the log was synced is not known then, and so nobody knows whether it is whole. */
  @ParameterizedTest
  @ValueSource(
      strings = {"cut", "flipped", "blank", "zeros", "foreign", "negative", "set aside", "deleted"})
  void damagedRecordOfTheSyncIsTold(String how, @TempDir Path dir) throws IOException {
    Path copy = dir.resolve("s");
    copy(image, copy);
    Path synced = copy.resolve("SYNCED");
    byte[] damaged = damaged(how, Files.readAllBytes(synced));
    Files.write(synced, damaged);
    Path aside = copy.resolve("SYNCED.damaged-1");
    if (how.equals("set aside")) { // by an opening that was killed before it made a new one
      Files.move(synced, aside);
    } else if (how.equals("deleted")) {
      Files.delete(synced);
    }
    Map<String, String> before = Databases.contents(copy);
    try (RocksSpool spool = builder(copy).settings(Map.of("readOnly", "true")).open()) {
      assertUnknown(spool);
    }
    assertThat(Databases.contents(copy)).isEqualTo(before);
    try (RocksSpool spool = builder(copy).open()) {
      assertUnknown(spool);
      SpoolId id = SpoolId.random();
      Spooled.get(spool.store(id, new byte[10]));
      Spooled.get(spool.remove(id, Durability.SYNC, null));
    }
    if (!Set.of("blank", "zeros", "deleted").contains(how)) {
      assertThat(aside).hasBinaryContent(damaged);
    }
    Path kept = copy.resolve("LOST-LOGS-1");
    for (Path log : files(".log", image)) {
      assertThat(kept.resolve(log.getFileName())).hasSameBinaryContentAs(log);
    }
    try (RocksSpool spool = builder(copy).open()) {
      assertThat(spool.health().state()).isEqualTo(State.HEALTHY);
      LEDGER.assertHeld(spool);
    }
  }

  /** As a second spool of that name does to what JMX shows: after all of the spool was opened. */
  @ParameterizedTest
  @ValueSource(strings = {"SYNCED", "the log"})
  void openingThatFailsBehindTheReportLeavesItToTheNext(String damaged, @TempDir Path dir)
      throws IOException {
    Path copy = dir.resolve("s");
    copy(image, copy);
    Path log = copy.resolve(image.relativize(files(".log", image).get(0)));
    Path file = damaged.equals("SYNCED") ? copy.resolve("SYNCED") : log;
    Databases.flip(file, damaged.equals("SYNCED") ? 10 : 20_000);
    byte[] before = Files.readAllBytes(log);
    Map<String, String> named = Map.of("name", "twice", "jmx", "true");
    try (RocksSpool other = builder(dir.resolve("other")).settings(named).open()) {
      for (int attempt = 0; attempt < 3; attempt++) {
        assertThatThrownBy(() -> builder(copy).settings(named).open())
            .isInstanceOf(SpoolException.class);
      }
      assertThat(other.unhealthyReason()).isNull();
    }
    try (RocksSpool spool = builder(copy).settings(named).open()) { // none is left with JMX
      assertThat(spool.health().reason()).contains("records that had been synced are missing");
    }
    assertThat(copy.resolve("LOST-LOGS-1").resolve(log.getFileName())).hasBinaryContent(before);
    assertThat(copy.resolve("LOST-LOGS-2")).doesNotExist();
    assertThat(copy.resolve("SYNCED.damaged-2")).doesNotExist();
    try (RocksSpool spool = builder(copy).open()) {
      assertThat(spool.health().state()).isEqualTo(State.HEALTHY);
    }
  }

  /** What says that there was a database may have been set aside just when the process ended. */
  @Test
  void databaseThatIsLostThenIsNotMadeAnew(@TempDir Path dir) throws IOException {
    Path copy = dir.resolve("s");
    copy(image, copy);
    Files.move(copy.resolve("SYNCED"), copy.resolve("SYNCED.damaged-1"));
    Path away = dir.resolve("away");
    Files.move(copy.resolve("db"), away);
    for (String readOnly : List.of("false", "true")) {
      assertThatThrownBy(() -> builder(copy).settings(Map.of("readOnly", readOnly)).open())
          .isInstanceOfSatisfying(
              SpoolException.class, e -> assertThat(e.detail()).contains("it is not there"));
    }
    assertThat(copy.resolve("db")).doesNotExist();
    Files.move(away, copy.resolve("db"));
    try (RocksSpool spool = builder(copy).open()) {
      LEDGER.assertHeld(spool);
    }
  }

  private static byte[] damaged(String how, byte[] whole) {
    byte[] flipped = whole.clone();
    flipped[10] ^= 1;
    return switch (how) {
      case "cut" -> Arrays.copyOf(whole, whole.length - 1);
      case "blank" -> new byte[0];
      case "zeros" -> new byte[whole.length];
      case "foreign" -> new byte[1000];
      case "negative" -> CheckedNumbers.of(SyncedSequence.MAGIC, -1).array();
      default -> flipped;
    };
  }

  private static void assertUnknown(RocksSpool spool) {
    assertThat(spool.health().state()).isEqualTo(State.DEGRADED);
    assertThat(spool.health().reason())
        .contains("unknown whether records that had been synced are missing")
        .contains("SYNCED");
    assertThat(spool.unhealthyReason()).isNull();
    LEDGER.assertHeld(spool);
  }

  /** What a kill or a power cut leaves that comes before anything can have been stored. */
  @ParameterizedTest
  @ValueSource(ints = {0, 20})
  void recordOfTheSyncThatWasNeverWrittenIsNoDamage(int length, @TempDir Path dir)
      throws IOException {
    builder(dir).open().close();
    Files.write(dir.resolve("SYNCED"), new byte[length]);
    for (String readOnly : List.of("true", "false", "true")) {
      try (RocksSpool spool = builder(dir).settings(Map.of("readOnly", readOnly)).open()) {
        assertThat(spool.health().reason()).isNull();
      }
    }
    assertThat(dir.resolve("SYNCED")).hasSize(20);
  }

  /** A file of the log in the midst of others: what is behind it is served. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void holeInTheLogIsTold(boolean removed, @TempDir Path dir) throws IOException {
    Path copy = dir.resolve("s");
    copy(image, copy);
    Path first = copy.resolve(image.relativize(files(".log", image).get(0)));
    if (removed) {
      Files.delete(first);
    } else {
      truncate(first, 0);
    }
    try (RocksSpool spool = builder(copy).open()) {
      assertThat(spool.health().state()).isEqualTo(State.DEGRADED);
      assertThat(spool.health().reason())
          .contains("records that had been synced are missing")
          .contains("WAL");
      assertThat(LEDGER.unreadable(spool, true)).isBetween(1, 12);
      assertThat(spool.unhealthyReason()).isNull();
      Spooled.get(spool.store(SpoolId.random(), new byte[10]));
    }
    try (RocksSpool spool = builder(copy).open()) {
      assertThat(spool.health().state()).isEqualTo(State.HEALTHY);
    }
  }

  /** RocksDB stops at the damage, and deletes the file. */
  @Test
  void logThatIsDamagedIsKeptAsItWas(@TempDir Path dir) throws IOException {
    Path copy = dir.resolve("s");
    copy(image, copy);
    Path log = copy.resolve(image.relativize(files(".log", image).get(0)));
    Databases.flip(log, 20_000);
    byte[] before = Files.readAllBytes(log);
    Ledger later = new Ledger();
    try (RocksSpool spool = builder(copy).writeBufferSize(64 << 10).open()) {
      assertThat(spool.health().reason()).contains("records that had been synced are missing");
      later.storeAll(spool, 60, 10_000); // so that RocksDB makes use of old files, if it has any
      Spooled.get(spool.compact());
    }
    Path kept = copy.resolve("LOST-LOGS-1");
    assertThat(kept.resolve(log.getFileName())).hasBinaryContent(before);
    try (RocksSpool spool = builder(copy).open()) {
      assertThat(later.unreadable(spool, false)).as("messages that cannot be read").isZero();
    }
    assertThat(kept.resolve(log.getFileName())).hasBinaryContent(before);
    assertThat(copy.resolve("OLD-LOGS")).doesNotExist();
  }

  @Test
  void manifestThatHasBecomeShorterIsRefusedAndNothingIsDeleted(@TempDir Path dir)
      throws IOException {
    Path copy = dir.resolve("s");
    copy(image, copy);
    Path manifest = copy.resolve(image.relativize(files("MANIFEST-", image).get(0)));
    byte[] whole = Files.readAllBytes(manifest);
    truncate(manifest, whole.length - 1);
    Map<String, String> before = Databases.contents(copy);
    for (String readOnly : List.of("false", "true")) {
      assertThatThrownBy(() -> builder(copy).settings(Map.of("readOnly", readOnly)).open())
          .isInstanceOfSatisfying(
              SpoolException.class, e -> assertThat(e.detail()).contains("MANIFEST"));
    }
    assertThat(Databases.contents(copy)).isEqualTo(before);
    Files.write(manifest, whole);
    try (RocksSpool spool = builder(copy).open()) {
      assertThat(spool.health().reason()).isNull();
      LEDGER.assertHeld(spool);
    }
  }

  /** In a recycled log there are such records, of kinds 5 to 8; RocksDB's reader does not end. */
  @ParameterizedTest
  @ValueSource(ints = {5, 6, 7, 8, 255})
  void manifestThatWouldBeReadForEverIsRefused(int kind, @TempDir Path dir) throws IOException {
    Path copy = dir.resolve("s");
    copy(image, copy);
    Path manifest = copy.resolve(image.relativize(files("MANIFEST-", image).get(0)));
    byte[] whole = Files.readAllBytes(manifest);
    int first = 7 + (whole[4] & 0xff) + ((whole[5] & 0xff) << 8);
    byte[] damaged = whole.clone();
    damaged[first + 6] = (byte) kind;
    Files.write(manifest, damaged);
    Map<String, String> before = Databases.contents(copy);
    for (String readOnly : List.of("false", "true")) {
      assertThatThrownBy(() -> builder(copy).settings(Map.of("readOnly", readOnly)).open())
          .isInstanceOfSatisfying(
              SpoolException.class,
              e -> assertThat(e.detail()).contains("damaged: at byte " + first));
    }
    assertThat(Databases.contents(copy)).isEqualTo(before);
  }

  @Test
  void currentThatIsMissingIsRefusedAndNothingIsDeleted(@TempDir Path dir) throws IOException {
    Path copy = dir.resolve("s");
    copy(image, copy);
    Path current = copy.resolve("db/CURRENT");
    byte[] content = Files.readAllBytes(current);
    Files.delete(current);
    assertRefused(copy);
    Files.delete(copy.resolve("SYNCED")); // which tells that there was a database
    assertRefused(copy);
    Files.write(current, content);
    try (RocksSpool spool = builder(copy).open()) {
      LEDGER.assertHeld(spool);
    }
  }

  private static void assertRefused(Path dir) throws IOException {
    Map<String, String> before = Databases.contents(dir);
    assertThatThrownBy(() -> builder(dir).open())
        .isInstanceOfSatisfying(
            SpoolIOException.class, e -> assertThat(e.detail()).contains("it is not there"));
    assertThat(Databases.contents(dir)).isEqualTo(before);
  }

  private static void judge(Path dir, String what) {
    try (RocksSpool spool = builder(dir).open()) {
      State atOpening = spool.health().state();
      String reason = String.valueOf(spool.health().reason());
      int missing = 0;
      int unreadable = 0;
      for (SpoolId id : LEDGER.ids()) {
        try {
          assertThat(Spooled.get(spool.load(id))).as(what).isEqualTo(LEDGER.bytesOf(id));
        } catch (MessageNotFoundException e) {
          missing++;
        } catch (SpoolException e) {
          unreadable++;
        }
      }
      if (missing > 0) {
        assertThat(atOpening).as("%s, with %d missing", what, missing).isNotEqualTo(State.HEALTHY);
        assertThat(reason).as("%s, with %d missing", what, missing).contains("records");
      }
      if (unreadable > 0) {
        assertThat(spool.health().state()).as(what).isNotEqualTo(State.HEALTHY);
      }
      System.out.println(
          what + ": missing " + missing + ", unreadable " + unreadable + ", " + reason);
    } catch (SpoolException e) {
      assertThat(e.detail()).as(what).isNotBlank();
    }
  }

  private static List<Damage> damages(long length) {
    List<Damage> damages = new ArrayList<>();
    for (long part = 0; part <= 8; part++) {
      long at = Math.min(length - 1, length * part / 8);
      damages.add(new Damage("a flipped bit at " + at, file -> Databases.flip(file, at)));
      if (part < 8) {
        damages.add(new Damage("the end cut off at " + at, file -> truncate(file, at)));
      }
    }
    damages.add(new Damage("the removal", Files::delete));
    return damages;
  }

  private interface Change {
    void to(Path file) throws IOException;
  }

  private record Damage(String name, Change change) {
    void to(Path file) throws IOException {
      change.to(file);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static void truncate(Path file, long length) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(length);
    }
  }

  private static List<Path> files(String kind, Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> String.valueOf(file.getFileName()).contains(kind))
          .sorted()
          .toList();
    }
  }

  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }

  private static RocksSpool.Builder builder(Path dir) {
    return RocksSpool.builder(dir)
        .ballast(0)
        .minFreeSpace(SpaceThreshold.off())
        .minFreeInodes(SpaceThreshold.off())
        .cleanupInterval(Duration.ZERO);
  }

  /** Gets hold of the database. */
  private static final class Held implements NativeWrites {
    private volatile @Nullable RocksDB db;

    RocksDB opened() {
      return Objects.requireNonNull(db, "nothing was written yet");
    }

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
  }
}
