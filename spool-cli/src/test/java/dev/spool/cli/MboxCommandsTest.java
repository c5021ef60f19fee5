package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.cli.demo.ChildCommand;
import dev.spool.support.Disk;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code import --from mbox} and {@code export --to mbox}. */
@Tag("same-on-any-jdk")
final class MboxCommandsTest {
  private static final String FIRST = "From joe@example.org Fri Sep  9 14:04:52 2011\n";
  private static final String SECOND = "From joe@example.org Sat Sep 10 14:04:52 2011\n";

  @TempDir Path temporary;

  private Path spool;
  private Path mbox;

  @BeforeEach
  void paths() {
    spool = temporary.resolve("spool");
    mbox = temporary.resolve("inbox");
  }

  private Cli importMbox() {
    return Cli.run("import", "--from", "mbox", "--json", Cli.uri("file", spool), mbox);
  }

  private static List<SpoolId> ids(Cli imported) throws IOException {
    List<SpoolId> ids = new ArrayList<>();
    for (String line : imported.out().lines().toList()) {
      Map<String, Object> fields = JSON.std.mapFrom(line);
      if (fields.containsKey("id")) {
        ids.add(SpoolId.parse((String) fields.get("id")));
      }
    }
    return ids;
  }

  @Test
  void messagesKeepTheirAgeAndAreStoredOnce() throws IOException {
    Files.writeString(mbox, FIRST + "a\n\n" + FIRST + "a\n\n" + SECOND + "b\n\n");

    Cli imported = importMbox();

    assertThat(imported.status()).as("%s", imported).isZero();
    assertThat(imported.err()).contains("3 messages stored");
    assertThat(ids(imported).stream().map(SpoolId::createdAt).sorted())
        .containsExactly(
            Instant.parse("2011-09-09T14:04:52Z"),
            Instant.parse("2011-09-09T14:04:52Z"),
            Instant.parse("2011-09-10T14:04:52Z"));
    assertThat(imported.out()).contains("{\"source\":\"" + mbox + "@0\",\"result\":\"stored\"");
    Files.writeString(
        mbox, FIRST + "a\n\n" + FIRST + "a\n\n" + SECOND + "b\n\n" + SECOND + "c\n\n");
    Cli again = importMbox();
    assertThat(new TreeSet<>(ids(again))).containsAll(ids(imported)).hasSize(4);
    assertThat(Cli.run("ls", spool).out().lines()).hasSize(4);
  }

  @Test
  void aDateThatCannotBeIsThatOfTheFile() throws IOException {
    Files.writeString(mbox, "From joe Mon Feb 31 12:00:00 2018\na\n\n");
    Instant changed = Instant.parse("2020-02-02T02:02:02.022Z");
    Files.setLastModifiedTime(mbox, FileTime.from(changed));

    assertThat(ids(importMbox()).get(0).createdAt()).isEqualTo(changed);
  }

  @Test
  void anMboxIsRecognisedByNameAndContent() throws IOException {
    Path named = temporary.resolve("x.mbox");
    Files.writeString(named, FIRST + "a\n\n" + SECOND + "b\n\n");
    Files.writeString(temporary.resolve("y.mbox"), "Subject: no mbox\n\n");

    Cli imported = Cli.run("import", Cli.uri("file", spool), named, temporary.resolve("y.mbox"));

    assertThat(imported.out()).contains("3 messages stored");
    assertThat(imported.err()).doesNotContain("note:");

    Files.copy(named, mbox);
    Cli whole = Cli.run("import", Cli.uri("file", spool), mbox);
    assertThat(whole.out()).contains("1 message stored");
    assertThat(whole.err()).contains("note: " + mbox).contains("--from mbox");
  }

  @Test
  void oneThatIsNoneOrNotThereIsSkippedAndOneThatIsEmptyIsEmpty() throws IOException {
    Files.writeString(mbox, "Subject: no mbox\n\n");
    Cli imported = importMbox();
    assertThat(imported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(imported.err()).contains("skipped: " + mbox + ": no mbox").contains("0 messages");

    Files.writeString(mbox, "");
    assertThat(importMbox().status()).isZero();

    Files.delete(mbox);
    assertThat(importMbox().err()).contains(mbox + ": no such file");
    assertThat(Cli.run("import", "--from", "mbox", Cli.uri("file", spool), temporary).status())
        .isEqualTo(ExitStatus.SOME_FAILED);
  }

  @Test
  void whatIsReadInADoubtfulWayIsNamed() throws IOException {
    Files.writeString(mbox, FIRST + "a\n\nFrom here on\n\n" + FIRST + "b\n" + SECOND + "c\n\n");

    Cli imported = importMbox();

    assertThat(imported.status()).isZero();
    assertThat(imported.err())
        .contains("note: " + mbox + "@0: a line in it begins with 'From ' and has no date")
        .contains("there is no empty line behind it");
    assertThat(imported.out()).contains("\"result\":\"note\"");
  }

  @Test
  void aMessageOverTheLimitIsSkippedAndTheOthersAreStored() throws IOException {
    Files.writeString(mbox, FIRST + "a\n\n" + FIRST + "x".repeat(5000) + "\n\n" + SECOND + "b\n\n");

    Cli imported =
        Cli.run("import", "--from", "mbox", Cli.uri("file", spool) + "&maxMessageSize=1000", mbox);

    assertThat(imported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(imported.out()).contains("2 messages stored").contains("1 skipped");
    assertThat(imported.err()).contains(mbox + "@49").contains("5001").contains("maxMessageSize");
  }

  @Test
  void anImportThatStopsNamesWhereAndCanBeRunAgain() throws IOException {
    Files.writeString(mbox, (FIRST + "x".repeat(200) + "\n\n").repeat(400));
    Cli stopped =
        Cli.importInto(
            "memory:full?maxBytes=20000",
            (importer, report) -> new MboxImport(importer, report, 1000).run(mbox));

    assertThat(stopped.status()).isEqualTo(ExitStatus.STOPPED);
    assertThat(stopped.err()).containsPattern("not stored: " + mbox + "@\\d+ and all that follow");

    assertThat(importMbox().status()).isZero();
    assertThat(importMbox().status()).isZero();
    assertThat(Cli.run("ls", spool).out().lines()).hasSize(400);
  }

  @Test
  void exportsWhatImportGivesBackByteForByte() throws IOException {
    byte[] message =
        "Subject: x\r\n\r\nFrom a\r\n>From b\r\n\0\u00ff\u0085\r\n\r\n"
            .getBytes(StandardCharsets.ISO_8859_1);
    String id = Cli.runWithInput(message, "put", Cli.uri("file", spool)).out().strip();

    Cli exported = Cli.run("export", "--to", "mbox", spool, mbox);

    assertThat(exported.status()).as("%s", exported).isZero();
    assertThat(exported.out()).contains("1 message exported to " + mbox);
    byte[] written = Files.readAllBytes(mbox);
    assertThat(new String(written, StandardCharsets.ISO_8859_1))
        .startsWith("From " + id + "@spool.invalid ")
        .contains("\n>From a\r\n>>From b\r\n");
    assertThat(Cli.run("export", "--to", "mbox", spool, "-").bytes()).isEqualTo(written);
    Path other = temporary.resolve("other");
    Cli back =
        Cli.runWithInput(
            written, "import", "--from", "mbox", "--json", Cli.uri("rocksdb", other), "-");
    SpoolId given = ids(back).get(0);
    assertThat(Cli.run("cat", other, given).bytes()).isEqualTo(message);
    assertThat(given.createdAt().getEpochSecond())
        .isEqualTo(SpoolId.parse(id).createdAt().getEpochSecond());
  }

  @Test
  void aMessageThatAnMboxCannotHoldIsNamedAndNotExported() throws IOException {
    String id = Cli.runWithInput(new byte[] {'x'}, "put", Cli.uri("file", spool)).out().strip();
    Cli.runWithInput(new byte[] {'y', '\n'}, "put", spool);

    Cli exported = Cli.run("export", "--to", "mbox", spool, mbox);

    assertThat(exported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(exported.out()).contains("1 message exported").contains("1 not exported");
    assertThat(exported.err()).contains("not exported: " + id).contains("line feed");
    assertThat(Files.readString(mbox)).endsWith("\ny\n\n").doesNotContain("x\n");
  }

  @Test
  void replacesAFileOnlyByForceAndNeverHalf() throws IOException {
    Cli.runWithInput(new byte[] {'y', '\n'}, "put", Cli.uri("file", spool));
    Files.writeString(mbox, "somebody's");

    Cli refused = Cli.run("export", "--to", "mbox", spool, mbox);
    assertThat(refused.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(refused.err()).contains("is there already").contains("--force");
    assertThat(mbox).hasContent("somebody's");

    assertThat(Cli.run("export", "--force", "--to", "mbox", spool, mbox).status()).isZero();
    assertThat(Files.readString(mbox)).endsWith("\ny\n\n");
    try (Stream<Path> list = Files.list(temporary)) {
      assertThat(list.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("spool", "inbox");
    }
    assertThat(Cli.run("export", "--to", "mbox", spool, spool.resolve("x")).status())
        .isEqualTo(ExitStatus.USAGE);
  }

  @Test
  void whatIsSomebodysIsNeitherTakenForATemporaryFileNorReplacedWhenItCameMeanwhile()
      throws IOException {
    Path similar = Files.writeString(temporary.resolve(".inbox.tmp"), "somebody's");
    MboxExport export = MboxExport.to(Disk.system(), mbox, false);
    try (export) {
      export.write(new SpoolEntry.Item(SpoolId.random(), new byte[] {'y', '\n'}));
      Files.writeString(mbox, "came meanwhile");
      assertThatThrownBy(export::finish).hasMessageContaining("is there already");
    }
    assertThat(mbox).hasContent("came meanwhile");
    assertThat(similar).hasContent("somebody's");
    try (Stream<Path> list = Files.list(temporary)) {
      assertThat(list).containsExactlyInAnyOrder(mbox, similar);
    }
  }

  @Test
  void aDamagedSpoolGivesNoMboxThatLooksComplete() throws IOException {
    String id = Cli.runWithInput(new byte[100], "put", Cli.uri("file", spool)).out().strip();
    try (Stream<Path> walk = Files.walk(spool)) {
      Path file =
          walk.filter(path -> path.getFileName().toString().contains(id)).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(file);
      bytes[50] ^= 1;
      Files.write(file, bytes);
    }

    Cli exported = Cli.run("export", "--to", "mbox", spool, mbox);

    assertThat(exported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(exported.err()).contains("damaged: " + id);
  }

  @Test
  void aFormatThatThereIsNotIsAUsageErrorAndSoIsADirectoryOnStandardInput() {
    assertThat(Cli.run("import", "--from", "mbx", "memory:x", "-").err())
        .contains("kumomta-localdisk");
    assertThat(Cli.run("export", "--to", "mbx", "memory:x", "y").status())
        .isEqualTo(ExitStatus.USAGE);
    assertThat(Cli.run("import", "--from", "maildir", "memory:x", "-").status())
        .isEqualTo(ExitStatus.USAGE);
  }

  /** Every message that was reported before the kill is there, byte for byte. */
  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void whatIsReportedSurvivesTheDeathOfTheImport(String scheme) throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.append(FIRST).append("message ").append(i).append("\n\n");
    }
    Files.writeString(mbox, text);
    Process child =
        ChildCommand.start(
            temporary.resolve("log"),
            "import",
            "--from",
            "mbox",
            "--json",
            Cli.uri(scheme, spool),
            mbox.toString());
    Map<String, Long> reported = new HashMap<>();
    try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.endsWith("}")) {
          break; // cut off by the kill
        }
        Map<String, Object> fields = JSON.std.mapFrom(line);
        assertThat(fields).containsEntry("result", "stored");
        String source = (String) fields.get("source");
        reported.put(
            (String) fields.get("id"), Long.parseLong(source.substring(source.indexOf('@') + 1)));
        if (reported.size() == 500) {
          child.toHandle().destroyForcibly(); // SIGKILL; what is in the pipe was reported too
        }
      }
    } finally {
      child.destroyForcibly().waitFor();
    }
    assertThat(reported).as(Files.readString(temporary.resolve("log"))).hasSizeBetween(500, 19_999);
    try (Spool opened = Spools.open(Cli.uri(scheme, spool))) {
      for (Map.Entry<String, Long> message : reported.entrySet()) {
        String stored =
            new String(opened.load(SpoolId.parse(message.getKey())).join(), StandardCharsets.UTF_8);
        int from = (int) (message.getValue() + FIRST.length());
        assertThat(text.substring(from, from + stored.length() + 1)).isEqualTo(stored + "\n");
        assertThat(stored).matches("message \\d+\n");
      }
    }
  }
}
