package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code copy}: what it refuses, what it reports, and what it leaves alone. */
final class CopyCommandTest {
  private static final Instant CREATED = Instant.parse("2021-03-04T05:06:07Z");

  @TempDir Path temporary;

  private String from(String scheme) {
    return Cli.uri(scheme, temporary.resolve("from"));
  }

  private String to(String scheme) {
    return Cli.uri(scheme, temporary.resolve("to"));
  }

  private static SpoolId put(String uri, String message) {
    SpoolId id = SpoolId.at(CREATED);
    put(uri, id, message);
    return id;
  }

  private static void put(String uri, SpoolId id, String message) {
    try (Spool spool = Spools.open(uri)) {
      spool.store(id, message.getBytes(StandardCharsets.ISO_8859_1)).join();
    }
  }

  private static void refused(Cli cli, int status, String... words) {
    assertThat(cli.status()).as("%s", cli).isEqualTo(status);
    assertThat(cli.err()).startsWith("spool: ").contains(words).doesNotContain("\tat ");
    assertThat(cli.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"file, rocksdb", "rocksdb, file", "rocksdb, journal", "journal, file"})
  void addsToWhatIsThereAndChangesNothingOfTheSource(String from, String to) throws IOException {
    SpoolId copied = put(from(from), "copied");
    SpoolId there = put(to(to), "there before");
    Map<String, String> before = files(temporary.resolve("from"));

    Cli copy = Cli.run("copy", temporary.resolve("from"), temporary.resolve("to"));

    assertThat(copy.status()).as("%s", copy).isZero();
    assertThat(copy.out())
        .isEqualTo(
            """
            1 message (6 B) in TO, read back and the same as in FROM; 1 of them stored now
            1 more in TO that FROM does not have
            """);
    assertThat(SpoolContents.of(to(to)))
        .containsOnly(Map.entry(copied, "copied"), Map.entry(there, "there before"));
    assertThat(files(temporary.resolve("from"))).isEqualTo(before);
  }

  private static Map<String, String> files(Path directory) throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(directory)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        found.put(file.toString(), SpoolContents.text(Files.readAllBytes(file)));
      }
    }
    return found;
  }

  @Test
  void aSecondRunStoresNothing() {
    put(from("file"), "once");
    assertThat(Cli.run("copy", from("file"), to("rocksdb")).status()).isZero();

    Cli again = Cli.run("copy", from("file"), to("rocksdb"));

    assertThat(again.status()).isZero();
    assertThat(again.out()).contains("1 message ").contains("; 0 of them stored now");
  }

  /** Who moves a spool that was copied live would deliver them once more. */
  @ParameterizedTest
  @CsvSource({"file, rocksdb", "rocksdb, file", "file, file", "rocksdb, rocksdb"})
  void whatTheSourceRemovedSinceAnEarlierCopyIsCounted(String from, String to) {
    SpoolId kept = put(from(from), "kept");
    SpoolId delivered = put(from(from), "delivered meanwhile");
    Cli first = Cli.run("copy", from(from), to(to));
    assertThat(first.out()).contains("2 messages ").doesNotContain("more in TO");
    assertThat(Cli.run("rm", from(from), delivered).status()).isZero();

    Cli last = Cli.run("copy", from(from), to(to));

    assertThat(last.status()).as("%s", last).isZero();
    assertThat(last.out()).contains("\n1 more in TO that FROM does not have\n");
    assertThat(Cli.run("copy", "--json", from(from), to(to)).out()).contains("\"onlyInTarget\":1");
    assertThat(SpoolContents.of(to(to))).containsOnlyKeys(kept, delivered);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void anIdWithOtherBytesIsAConflictAndStays(String scheme) {
    SpoolId id = put(from("file"), "the source's");
    SpoolId other = put(from("file"), "another");
    put(to(scheme), id, "the target's own");

    Cli copy = Cli.run("copy", from("file"), to(scheme));

    assertThat(copy.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(copy.err())
        .containsOnlyOnce("conflict: " + id + ": TO holds other bytes under this id (16 of them")
        .doesNotContain("target's");
    assertThat(copy.out()).contains("1 message ").contains("1 in conflict");
    assertThat(SpoolContents.of(to(scheme)))
        .containsOnly(Map.entry(id, "the target's own"), Map.entry(other, "another"));
  }

  @Test
  void damageInTheSourceIsReportedAndTheRestCopied() throws IOException {
    SpoolId damaged = put(from("file"), "to be damaged");
    SpoolId whole = put(from("file"), "whole");
    flip(message("from", damaged), 3);

    Cli copy = Cli.run("copy", from("file"), to("rocksdb"));

    assertThat(copy.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(copy.err()).containsOnlyOnce("damaged: " + damaged + " at ");
    assertThat(copy.out()).contains("1 message ").contains("1 damaged in FROM");
    assertThat(SpoolContents.of(to("rocksdb"))).containsOnly(Map.entry(whole, "whole"));
  }

  /** Here damage is a block's: nobody knows which messages it had, and the scan says so. */
  @Test
  void aSourceThatCannotBeReadToItsEndIsCopiedAsFarAsItCan() throws IOException {
    int count = 200;
    byte[] noise = new byte[2000];
    new Random(5).nextBytes(noise);
    try (Spool spool = Spools.open(from("rocksdb"))) {
      for (int i = 0; i < count; i++) {
        spool.store(SpoolId.at(CREATED.plusSeconds(i)), noise.clone()).join();
      }
      spool.compact().join();
    }
    Path table = largest(temporary.resolve("from"), ".sst");
    flip(table, (int) Files.size(table) / 2);

    Cli copy = Cli.run("copy", "--json", from("rocksdb"), to("file"));

    assertThat(copy.status()).as("%s", copy).isEqualTo(ExitStatus.STOPPED);
    assertThat(copy.err()).contains("damaged: id unknown at keys ", "FROM could not be read");
    assertThat(copy.out()).contains("\"conflicts\":0,\"missing\":0,\"damagedInSource\":1,");
    assertThat(SpoolContents.of(to("file")))
        .hasSizeBetween(count - 20, count - 1)
        .containsValue(SpoolContents.text(noise));
  }

  @Test
  void whatIsDamagedInTheTargetIsReportedAndLeftAlone() throws IOException {
    SpoolId id = put(from("file"), "whole here");
    put(to("file"), id, "whole here");
    flip(message("to", id), 3);
    byte[] before = Files.readAllBytes(message("to", id));

    Cli copy = Cli.run("copy", from("file"), to("file"));

    assertThat(copy.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(copy.err()).containsOnlyOnce("not copied: " + id + ": what TO holds is damaged");
    assertThat(copy.out()).contains("1 damaged in TO");
    assertThat(message("to", id)).hasBinaryContent(before);
  }

  @Test
  void aMessageThatIsTooLargeForTheTargetIsNamed() {
    SpoolId large = put(from("file"), "x".repeat(11));
    SpoolId small = put(from("file"), "small");

    Cli copy = Cli.run("copy", from("file"), to("file") + "&maxMessageSize=10");

    assertThat(copy.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(copy.err()).containsOnlyOnce("not copied: " + large).contains("maxMessageSize");
    assertThat(copy.out()).contains("1 not in TO");
    assertThat(SpoolContents.of(to("file"))).containsOnlyKeys(small);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void aTargetWithoutRoomStopsTheCopyWhichThenGoesOn(String scheme) {
    put(from("file"), "waits");
    String full = scheme + ":" + temporary.resolve("to") + "?minFreeInodes=0&minFreeSpace=900T";

    Cli copy = Cli.run("copy", from("file"), full);

    assertThat(copy.status()).as("%s", copy).isEqualTo(ExitStatus.STOPPED);
    assertThat(copy.err()).contains("the copy stopped", "minFreeSpace=900", "make room");
    assertThat(Cli.run("copy", from("file"), to(scheme)).status()).isZero();
  }

  @Test
  void refusesTheSamePlaceByWhateverName() throws IOException {
    put(from("file"), "mine");
    Path link = Files.createSymbolicLink(temporary.resolve("link"), temporary.resolve("from"));
    Path inside = temporary.resolve("from/deep/er");

    for (String to : new String[] {from("file"), "rocksdb:" + link, "file:" + inside}) {
      refused(Cli.run("copy", from("file"), to), ExitStatus.USAGE, "the same place");
      refused(Cli.run("copy", to, from("file")), ExitStatus.USAGE, "the same place");
    }
    assertThat(temporary.resolve("from/deep")).doesNotExist();
  }

  @Test
  void refusesMemory() {
    put(from("file"), "mine");

    refused(Cli.run("copy", from("file"), "memory:x"), ExitStatus.USAGE, "memory");
    refused(Cli.run("copy", "memory:x", to("file")), ExitStatus.USAGE, "memory");
    assertThat(temporary.resolve("to")).doesNotExist();
  }

  @Test
  void doesNotMakeATargetForASourceThatIsNotThere() {
    refused(Cli.run("copy", from("file"), to("file")), ExitStatus.CANNOT_OPEN, "from");

    assertThat(temporary.resolve("from")).doesNotExist();
    assertThat(temporary.resolve("to")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void copiesBesideAnOwnerAndNotIntoWhatIsOpenElsewhere(String scheme) {
    try (Spool owner = Spools.open(from(scheme))) {
      owner.store(SpoolId.at(CREATED), new byte[] {65}).join();

      Cli copy = Cli.run("copy", from(scheme), to("file"));
      assertThat(copy.status()).as("%s", copy).isZero();
      assertThat(SpoolContents.of(to("file"))).containsOnlyKeys(SpoolContents.of(owner).keySet());

      put(to("file"), "more");
      refused(
          Cli.run("copy", to("file"), from(scheme)), ExitStatus.CANNOT_OPEN, "is open elsewhere");
    }
  }

  private Path message(String spool, SpoolId id) throws IOException {
    try (Stream<Path> walk = Files.walk(temporary.resolve(spool))) {
      return walk.filter(file -> file.endsWith(id.toString())).findFirst().orElseThrow();
    }
  }

  private static Path largest(Path directory, String suffix) throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      return walk.filter(file -> file.toString().endsWith(suffix))
          .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
          .orElseThrow();
    }
  }

  private static void flip(Path file, int at) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] bytes = new byte[1];
      open.seek(at);
      open.readFully(bytes);
      bytes[0] ^= 1;
      open.seek(at);
      open.write(bytes);
    }
  }
}
