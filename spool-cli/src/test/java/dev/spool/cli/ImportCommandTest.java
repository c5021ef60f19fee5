package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code spool import}: what is taken, what is skipped, and what a full spool leaves. */
final class ImportCommandTest {
  @TempDir Path temporary;

  private Path mail;
  private Path spool;

  @BeforeEach
  void writeMail() throws IOException {
    mail = Files.createDirectories(temporary.resolve("mail/below"));
    Files.writeString(mail.resolve("a.eml"), "Subject: a\r\n\r\nfirst\r\n");
    Files.writeString(mail.resolve("B.MSG"), "Subject: b\n\nsecond\n");
    Files.write(mail.resolve("empty.eml"), new byte[0]);
    Files.writeString(mail.resolve("notes.txt"), "not named like mail");
    mail = temporary.resolve("mail");
    spool = temporary.resolve("spool");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void takesMailFromDirectoriesFilesAndStandardInput(String scheme) {
    Cli imported =
        Cli.runWithInput(
            "piped".getBytes(StandardCharsets.UTF_8),
            "import",
            Cli.uri(scheme, spool),
            mail,
            mail.resolve("below/notes.txt"),
            "-");

    assertThat(imported.status()).as("%s", imported).isZero();
    assertThat(imported.out()).contains("5 messages stored");
    assertThat(Cli.run("stat", spool).out()).containsPattern("messages +5\n");
  }

  /** What it stored would grow with each run; and to close its lock file would unlock it. */
  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void theSpoolsOwnFilesAreNoMail(String scheme) throws IOException {
    Path mail = Files.createDirectory(temporary.resolve("around"));
    Files.writeString(mail.resolve("one.eml"), "one");
    String inside = Cli.uri(scheme, mail.resolve("deep/spool"));
    for (int run = 0; run < 2; run++) {
      Cli imported = Cli.run("import", "--all", inside, mail);
      assertThat(imported.status()).as("%s", imported).isZero();
      assertThat(imported.err()).contains("is the spool itself, and left out");
    }
    assertThat(SpoolContents.of(inside)).hasSize(1).containsValue("one");
    Cli itself = Cli.run("import", inside, mail.resolve("deep/spool/LOCK"));
    assertThat(itself.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(itself.err()).contains("is the spool's own");
  }

  /** To read one would wait for a writer, for ever. */
  @ParameterizedTest
  @ValueSource(strings = {"mbox", "files"})
  @Timeout(60)
  void aNamedPipeIsRefused(String format) throws Exception {
    Path pipe = temporary.resolve("pipe.eml");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Cli imported =
        Cli.run("import", "--from", format, Cli.uri("file", temporary.resolve("s")), pipe);
    assertThat(imported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(imported.err()).contains("is neither a regular file nor a directory");
  }

  @Test
  void takesFilesOfAnyNameOnRequest() {
    assertThat(Cli.run("import", "--all", Cli.uri("file", spool), mail).out())
        .contains("4 messages stored")
        .doesNotContain("left out");
  }

  @Test
  void storesAgainWhatIsThereAndDamaged() throws IOException {
    Cli.run("import", Cli.uri("file", spool), mail.resolve("below/a.eml"));
    String id = Cli.run("ls", spool).out().substring(0, 32);
    Path file;
    try (var files = Files.walk(spool)) {
      file = files.filter(path -> path.endsWith(id)).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[3] ^= 1;
    Files.write(file, bytes);

    Cli again = Cli.run("import", Cli.uri("file", spool), mail.resolve("below/a.eml"));

    assertThat(again.out()).startsWith("1 message stored");
    assertThat(Cli.run("verify", spool).status()).isZero();
  }

  @Test
  void countsWhatItLeavesOut() throws IOException {
    Files.createSymbolicLink(mail.resolve("link.eml"), mail.resolve("below/a.eml"));

    Cli imported = Cli.run("import", Cli.uri("file", spool), mail);

    assertThat(imported.status()).isZero();
    assertThat(imported.out()).contains("3 messages stored").contains("; 2 files left out");
    assertThat(imported.err())
        .contains(mail + ": 1 file left out: not named .eml or .msg; --all takes them")
        .contains(mail + ": 1 file left out: a symbolic link");
    assertThat(Cli.run("import", "--json", Cli.uri("file", spool), mail).out())
        .contains("\"result\":\"left out\",\"files\":1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void storesNothingTwiceWhenRunAgain(String scheme) {
    Cli.run("import", Cli.uri(scheme, spool), mail);
    String before = Cli.run("ls", spool).out();
    Cli again = Cli.run("import", Cli.uri(scheme, spool), mail);

    assertThat(again.status()).isZero();
    assertThat(again.out()).startsWith("0 messages stored (0 B), 3 there already");
    assertThat(ids(Cli.run("ls", spool).out())).isEqualTo(ids(before)).hasSize(3);
  }

  /** In one that has this time, in an mbox and in a Maildir. */
  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void whatIsDatedInTheFutureIsStoredOnceAndCountsAsOldAsTheSpool(String scheme) throws Exception {
    Path mbox = Files.writeString(mail.resolve("x.mbox"), "From a Mon Jan  1 12:00:00 2096\nx\n\n");
    Path one = Files.writeString(mail.resolve("one"), "x");
    Files.setLastModifiedTime(one, FileTime.from(Instant.parse("2096-01-01T12:00:00Z")));
    Path maildir = mail.resolve("Maildir");
    for (String part : List.of("new", "cur", "tmp")) {
      Files.createDirectories(maildir.resolve(part));
    }
    Files.writeString(maildir.resolve("new/3976344000.x.y"), "x");
    for (int i = 0; i < 3; i++) {
      Cli imported = Cli.run("import", Cli.uri(scheme, spool), mbox, one, maildir);
      assertThat(imported.out()).contains(i == 0 ? "3 messages stored" : "3 there already");
    }
    Instant made = SpoolAddress.recognise(spool).orElseThrow().created();
    assertThat(ids(Cli.run("ls", spool).out()))
        .hasSize(3)
        .allMatch(id -> SpoolId.parse(id).createdAt().equals(made.truncatedTo(ChronoUnit.MILLIS)));
  }

  private static Set<String> ids(String listing) {
    return new TreeSet<>(listing.lines().map(line -> line.substring(0, 32)).toList());
  }

  @Test
  void skipsWhatIsNotThereAndGoesOn() throws IOException {
    Path dangling = mail.resolve("dangling.eml");
    Files.createSymbolicLink(dangling, temporary.resolve("nowhere"));

    Cli imported = Cli.run("import", Cli.uri("file", spool), "/no/such/file.eml", dangling, mail);

    assertThat(imported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(imported.out()).contains("3 messages stored").contains("2 skipped");
    assertThat(imported.err())
        .contains("skipped: /no/such/file.eml: no such file or directory")
        .contains(dangling.toString());
  }

  @Test
  void skipsWhatItMayNotRead() throws IOException {
    Path secret = mail.resolve("secret.eml");
    Files.writeString(secret, "x");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
    assumeTrue(!Files.isReadable(secret), "root may read everything");

    Cli imported = Cli.run("import", Cli.uri("file", spool), mail);

    assertThat(imported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(imported.err()).contains("skipped: " + secret + ": permission denied");
  }

  @Test
  void skipsADirectoryThatIsNamedAsIfItWereMail() throws IOException {
    Files.createDirectories(mail.resolve("directory.eml"));

    assertThat(Cli.run("import", Cli.uri("file", spool), mail).out()).contains("3 messages stored");
  }

  @Test
  void skipsAMessageOverTheLimitAndSaysWhatTheLimitIs() throws IOException {
    Path large = mail.resolve("large.eml");
    Files.write(large, new byte[2000]);

    Cli imported = Cli.run("import", Cli.uri("file", spool) + "&maxMessageSize=1000", mail);

    assertThat(imported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(imported.out()).contains("3 messages stored").contains("1 skipped");
    assertThat(imported.err()).contains("large.eml").contains("2000").contains("maxMessageSize");
  }

  @Test
  void namesWhatAFullSpoolHasNotTaken() throws IOException {
    for (int i = 0; i < 50; i++) {
      Files.write(mail.resolve("m" + i + ".eml"), new byte[1000]);
    }

    Cli imported =
        Cli.importInto(
            "memory:full?maxBytes=10000",
            (importer, report) ->
                new MailFinder(false)
                    .find(
                        mail,
                        file -> importer.add(new MailSource(file)),
                        (at, failure) -> report.skipped(at.toString(), failure.toString())));

    assertThat(imported.status()).isEqualTo(ExitStatus.STOPPED);
    long stored = imported.out().lines().filter(line -> line.contains("\"stored\"")).count();
    long named = imported.err().lines().filter(line -> line.startsWith("not stored: ")).count();
    assertThat(stored).isBetween(8L, 12L);
    assertThat(stored + named).isEqualTo(53);
    assertThat(imported.err())
        .contains("the import stopped")
        .contains("run the same command again")
        .contains("maxBytes=10000")
        .contains("make room")
        .doesNotContain("\tat ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void canBeRunAgainOnceThereIsRoom(String scheme) {
    String full = scheme + ":" + spool + "?minFreeSpace=100%25";
    Cli refused = Cli.run("import", full, mail);
    assertThat(refused.status()).as("%s", refused).isEqualTo(ExitStatus.STOPPED);
    assertThat(refused.err()).contains("not stored: ").contains("minFreeSpace");

    Cli again = Cli.run("import", Cli.uri(scheme, spool), mail);

    assertThat(again.status()).isZero();
    assertThat(ids(Cli.run("ls", spool).out())).hasSize(3);
  }

  @Test
  void tellsWhatBecameOfEachSourceAsJson() {
    Cli imported = Cli.run("import", "--json", Cli.uri("file", spool), mail, "/no/such.eml");

    assertThat(imported.out().lines())
        .hasSize(5)
        .allMatch(line -> line.startsWith("{\"source\":\""))
        .filteredOn(line -> line.contains("\"result\":\"stored\",\"id\":\""))
        .hasSize(3);
    assertThat(imported.out()).contains("{\"source\":\"/no/such.eml\",\"result\":\"skipped\"");
  }
}
