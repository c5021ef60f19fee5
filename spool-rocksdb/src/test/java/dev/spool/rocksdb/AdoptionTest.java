package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.UnsupportedFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdoptionTest {

  @Test
  void plainDatabaseBecomesASpool(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = messages(300);
    Databases.make(dir, keys(messages));
    try (RocksSpool spool = adopting(dir).open()) {
      assertThat(spool.health().reason()).isNull();
      assertHolds(spool, messages);
    }
    try (RocksSpool spool = RocksSpool.builder(dir).ballast(0).open()) {
      assertHolds(spool, messages);
    }
    try (RocksSpool spool = adopting(dir).open()) {
      assertHolds(spool, messages);
    }
  }

  @Test
  void plainDatabaseIsRefusedUnlessAdopted(@TempDir Path dir) throws IOException {
    Databases.make(dir, keys(messages(10)));
    Map<String, String> before = Databases.contents(dir);
    assertThatThrownBy(() -> RocksSpool.builder(dir).ballast(0).open())
        .isInstanceOf(UnsupportedFormatException.class);
    assertThat(Databases.contents(dir)).isEqualTo(before);
  }

  @Test
  void keyOfAnotherLengthIsRefused(@TempDir Path dir) throws IOException {
    assertRefused(dir, "0102030405", "5 bytes");
  }

  @Test
  void keyThatIsNoIdIsRefused(@TempDir Path dir) throws IOException {
    assertRefused(dir, "8f14e45fceea467a95753ea1b0c8a5d1", "8f14e45f"); // a UUID of version 4
  }

  private static void assertRefused(Path dir, String key, String named) throws IOException {
    Map<String, byte[]> content = keys(messages(20));
    content.put(key, new byte[10]);
    Databases.make(dir, content);
    Map<String, String> before = Databases.contents(dir);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> adopting(dir).open())
          .isInstanceOfSatisfying(
              UnsupportedFormatException.class, e -> assertThat(e.detail()).contains(named));
    }
    assertThat(Databases.contents(dir)).isEqualTo(before);
  }

  @Test
  void strangeFilesAreRefused(@TempDir Path dir) throws IOException {
    Databases.make(dir, keys(messages(10)));
    Files.writeString(dir.resolve("notes.txt"), "mine");
    Map<String, String> before = Databases.contents(dir);
    assertThatThrownBy(() -> adopting(dir).open())
        .isInstanceOfSatisfying(
            UnsupportedFormatException.class, e -> assertThat(e.detail()).contains("notes.txt"));
    assertThat(Databases.contents(dir)).isEqualTo(before);
  }

  @Test
  void emptyDirectoryIsNoDatabase(@TempDir Path dir) {
    assertThatThrownBy(() -> adopting(dir).open()).isInstanceOf(UnsupportedFormatException.class);
  }

  @Test
  void interruptedAdoptionGoesOn(@TempDir Path dir) throws IOException {
    Map<SpoolId, byte[]> messages = messages(50);
    Databases.make(dir, keys(messages));
    // As far as an attempt has got that was killed after its first rename.
    Files.createDirectory(dir.resolve("db"));
    Path log = Databases.logs(dir).get(0);
    Files.move(log, dir.resolve("db").resolve(log.getFileName()));
    try (RocksSpool spool = adopting(dir).open()) {
      assertHolds(spool, messages);
    }
  }

  @Test
  void adoptionInterruptedBeforeTheMarkerGoesOn(@TempDir Path dir) throws IOException {
    Map<SpoolId, byte[]> messages = messages(50);
    Databases.make(dir, keys(messages));
    adopting(dir).open().close();
    Files.delete(dir.resolve("SPOOL"));
    Files.delete(dir.resolve("SYNCED"));
    Files.deleteIfExists(dir.resolve("KNOWN-MANIFEST"));
    try (RocksSpool spool = adopting(dir).open()) {
      assertHolds(spool, messages);
    }
  }

  /** It holds messages, and nobody has synced its log: that is not to be taken for damage. */
  @Test
  void adoptionInterruptedBeforeTheRecordOfTheSyncIsNoDamage(@TempDir Path dir) throws IOException {
    Map<SpoolId, byte[]> messages = messages(50);
    Databases.make(dir, keys(messages));
    adopting(dir).open().close();
    Files.delete(dir.resolve("SYNCED"));
    Files.delete(dir.resolve("KNOWN-MANIFEST"));
    Path inTheWay = Files.createDirectories(dir.resolve("SYNCED.new/full"));
    assertThatThrownBy(() -> adopting(dir).open()).isInstanceOf(SpoolException.class);
    assertThat(dir.resolve("KNOWN-MANIFEST")).doesNotExist(); // which says that there was SYNCED
    Files.delete(inTheWay);
    try (RocksSpool spool = adopting(dir).open()) {
      assertThat(spool.health().reason()).isNull();
      assertHolds(spool, messages);
    }
    assertThat(dir.resolve("SYNCED.new")).doesNotExist();
  }

  @Test
  void anotherDatabaseInTheWayIsNotReplaced(@TempDir Path dir) throws IOException {
    Databases.make(dir, keys(messages(10)));
    Databases.make(dir.resolve("db"), Map.of("010203", new byte[10]));
    assertInTheWay(dir, "both in it and in db");
  }

  @Test
  void strangeFilesInTheWayAreRefused(@TempDir Path dir) throws IOException {
    Databases.make(dir, keys(messages(10)));
    Files.createDirectory(dir.resolve("db"));
    Files.writeString(dir.resolve("db").resolve("notes.txt"), "mine");
    assertInTheWay(dir, "notes.txt");
  }

  private static void assertInTheWay(Path dir, String named) throws IOException {
    Map<String, String> before = Databases.contents(dir);
    assertThatThrownBy(() -> adopting(dir).open())
        .isInstanceOfSatisfying(
            UnsupportedFormatException.class, e -> assertThat(e.detail()).contains(named));
    assertThat(Databases.contents(dir)).isEqualTo(before);
  }

  private static RocksSpool.Builder adopting(Path dir) {
    return RocksSpool.builder(dir).ballast(0).adopt(true);
  }

  private static void assertHolds(RocksSpool spool, Map<SpoolId, byte[]> messages) {
    Map<SpoolId, byte[]> seen = Spooled.enumerate(spool);
    assertThat(seen.keySet()).isEqualTo(messages.keySet());
    messages.forEach((id, data) -> assertThat(Spooled.get(spool.load(id))).isEqualTo(data));
    SpoolId absent = SpoolId.random();
    assertThat(Spooled.failure(spool.load(absent))).isInstanceOf(SpoolException.class);
  }

  private static Map<SpoolId, byte[]> messages(int count) {
    Map<SpoolId, byte[]> messages = new HashMap<>();
    for (int i = 0; i < count; i++) {
      messages.put(SpoolId.random(), ("message " + i).repeat(i).getBytes(StandardCharsets.UTF_8));
    }
    SpoolId version1 = SpoolId.parse("c232ab00-9414-11ec-b3c8-9f6bdeced846");
    messages.put(version1, new byte[0]);
    return messages;
  }

  private static Map<String, byte[]> keys(Map<SpoolId, byte[]> messages) {
    Map<String, byte[]> keys = new LinkedHashMap<>();
    messages.forEach((id, data) -> keys.put(id.toString(), data));
    return keys;
  }
}
