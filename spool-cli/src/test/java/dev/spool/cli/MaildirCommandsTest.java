package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.support.Disk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code import --from maildir} and {@code export --to maildir}. */
final class MaildirCommandsTest {
  private static final byte[] MESSAGE = {'x', 0, (byte) 0xff, '\r'};

  @TempDir Path temporary;

  private Path spool;
  private Path maildir;

  @BeforeEach
  void makeMaildir() throws IOException {
    spool = temporary.resolve("spool");
    maildir = temporary.resolve("Maildir");
    for (String part : List.of("new", "cur", "tmp")) {
      Files.createDirectories(maildir.resolve(part));
    }
  }

  private Cli importMaildir() {
    return Cli.run("import", "--from", "maildir", "--json", Cli.uri("file", spool), maildir);
  }

  private List<SpoolId> stored() {
    return Cli.run("ls", spool)
        .out()
        .lines()
        .map(line -> SpoolId.parse(line.substring(0, 32)))
        .toList();
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> list = Files.list(directory)) {
      return list.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void takesNewAndCurAndNeverTmpAndLeavesAllOfItAlone() throws IOException {
    Files.write(maildir.resolve("new/1315577092.M1P2.host"), MESSAGE);
    Files.writeString(maildir.resolve("cur/1315577093.M1P2.host,S=3:2,FS"), "two");
    Files.writeString(maildir.resolve("tmp/1315577094.M1P2.host"), "half");
    Files.writeString(maildir.resolve("dovecot.index"), "no message");

    Cli imported = importMaildir();

    assertThat(imported.status()).as("%s", imported).isZero();
    assertThat(imported.err()).contains("2 messages stored").doesNotContain("note:");
    assertThat(stored().stream().map(id -> id.createdAt().getEpochSecond()))
        .containsExactlyInAnyOrder(1315577092L, 1315577093L);
    assertThat(names(maildir.resolve("new"))).hasSize(1);
    assertThat(names(maildir.resolve("cur"))).hasSize(1);
    assertThat(names(maildir.resolve("tmp"))).hasSize(1);
  }

  @Test
  void aMessageThatWasReadMeanwhileIsNoOther() throws IOException {
    Path fresh = Files.write(maildir.resolve("new/1315577092.M1P2.host"), MESSAGE);
    importMaildir();
    Files.move(fresh, maildir.resolve("cur/1315577092.M1P2.host:2,S"));
    importMaildir();

    assertThat(stored()).hasSize(1);
  }

  /** Before it is looked at, and between that and when it is read; from new, and within cur. */
  @ParameterizedTest
  @CsvSource({"new, false", "new, true", "cur, false", "cur, true"})
  void aMessageThatIsMovedOrMarkedDuringTheImportIsTakenAndNotReported(
      String from, boolean lookedAt) throws IOException {
    Path file = Files.write(maildir.resolve(from + "/1315577092.M1P2.host"), MESSAGE);
    Path moved = maildir.resolve("cur/1315577092.M1P2.host:2,S");

    String said = importWhile(file, lookedAt, () -> Files.move(file, moved));

    assertThat(said).isEqualTo("1 message stored (4 B)\n");
    importMaildir();
    assertThat(stored()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMessageThatIsGoneDuringTheImportIsReportedOnce(boolean lookedAt) throws IOException {
    Path file = Files.write(maildir.resolve("new/1315577092.M1P2.host"), MESSAGE);

    String said = importWhile(file, lookedAt, () -> Files.delete(file));

    assertThat(said)
        .isEqualTo(
            "skipped: "
                + file
                + ": is gone, and not in cur either\n"
                + "0 messages stored (0 B), 1 skipped\n");
  }

  /** Does something to a file when the import looks at it, just before or just after. */
  private String importWhile(Path file, boolean after, IoAction action) throws IOException {
    Disk disk =
        (Disk)
            Proxy.newProxyInstance(
                Disk.class.getClassLoader(),
                new Class<?>[] {Disk.class},
                (proxy, called, arguments) -> {
                  boolean now = called.getName().equals("facts") && file.equals(arguments[0]);
                  if (now && !after) {
                    action.run();
                  }
                  try {
                    return called.invoke(Disk.system(), arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  } finally {
                    if (now && after) {
                      action.run();
                    }
                  }
                });
    var said = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    Streams streams = new Streams(InputStream.nullInputStream(), out, out, false);
    try (Spool opened = Spools.open(Cli.uri("file", spool))) {
      var report = new ImportReport(streams, Progress.start(streams, "stored"), false);
      var importer = new Importer(opened, 1000, report, Instant.EPOCH, Clock.systemUTC());
      new MaildirImport(disk, importer, report).run(maildir);
      importer.finish();
      report.finish();
    }
    return said.toString(StandardCharsets.UTF_8);
  }

  private interface IoAction {
    void run() throws IOException;
  }

  @Test
  void aNameThatTellsNoTimeHasTheFiles() throws IOException {
    Instant changed = Instant.parse("2020-02-02T02:02:02.022Z");
    Path file = Files.write(maildir.resolve("new/unusual"), MESSAGE);
    Files.setLastModifiedTime(file, FileTime.from(changed));
    Path exact = Files.write(maildir.resolve("new/" + changed.getEpochSecond() + ".x.y"), MESSAGE);
    Files.setLastModifiedTime(exact, FileTime.from(changed));

    importMaildir();

    assertThat(stored().stream().map(SpoolId::createdAt)).containsExactly(changed, changed);
  }

  @Test
  void whatIsNotTakenIsNamed() throws IOException {
    Files.writeString(maildir.resolve("new/.nfs001"), "x");
    Files.createDirectory(maildir.resolve("new/directory"));
    Files.createSymbolicLink(maildir.resolve("cur/1.link.host"), Path.of("/etc/passwd"));
    for (String part : List.of("new", "cur", "tmp")) {
      Files.createDirectories(maildir.resolve(".Sent").resolve(part));
    }

    Cli imported = importMaildir();

    assertThat(imported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(imported.err())
        .contains("note: " + maildir.resolve("new/.nfs001"))
        .contains("skipped: " + maildir.resolve("new/directory"))
        .contains("skipped: " + maildir.resolve("cur/1.link.host"))
        .contains("note: " + maildir.resolve(".Sent"))
        .contains("0 messages stored");
  }

  @Test
  void aMaildirIsRecognisedAndAnythingElseIsNone() throws IOException {
    Files.write(maildir.resolve("new/1315577092.M1P2.host"), MESSAGE);
    assertThat(Cli.run("import", Cli.uri("file", spool), maildir).out())
        .contains("1 message stored");

    Files.delete(maildir.resolve("tmp"));
    Cli imported = importMaildir();
    assertThat(imported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(imported.err()).contains("is not a Maildir");
    assertThat(Cli.run("import", "--from", "maildir", spool, "/no/such").err())
        .contains("/no/such")
        .contains("is not a directory");
  }

  @Test
  void exportsToNewByNamesThatFollowFromTheIds() throws IOException {
    SpoolId id = SpoolId.at(Instant.parse("2011-09-09T14:04:52.123Z"));
    Cli.runWithInput(MESSAGE, "put", "--id", id, Cli.uri("file", spool));
    Path target = temporary.resolve("made/on the way");

    Cli exported = Cli.run("export", "--to", "maildir", spool, target);

    assertThat(exported.status()).as("%s", exported).isZero();
    Path file = target.resolve("new/1315577092." + id + ".spool");
    assertThat(file).hasBinaryContent(MESSAGE);
    assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(id.createdAt());
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(names(target)).containsExactly("cur", "new", "tmp");
    assertThat(names(target.resolve("tmp"))).isEmpty();

    Path other = temporary.resolve("other");
    Cli.run("import", Cli.uri("file", other), target);
    String back = Cli.run("ls", other).out().substring(0, 32);
    assertThat(Cli.run("cat", other, back).bytes()).isEqualTo(MESSAGE);
    assertThat(SpoolId.parse(back).createdAt()).isEqualTo(id.createdAt());
  }

  @Test
  void anExportThatWasInterruptedIsRunAgainWithoutLossOrDuplicates() throws IOException {
    for (int i = 0; i < 5; i++) {
      Cli.runWithInput(MESSAGE, "put", Cli.uri("file", spool));
    }
    Cli.run("export", "--to", "maildir", spool, maildir);
    List<String> names = names(maildir.resolve("new"));
    // As an export leaves it that was killed, and a reader that came before the next one.
    Files.move(maildir.resolve("new/" + names.get(0)), maildir.resolve("tmp/" + names.get(0)));
    Files.write(maildir.resolve("tmp/" + names.get(0)), new byte[] {'h'});
    Files.delete(maildir.resolve("new/" + names.get(1)));
    Files.move(
        maildir.resolve("new/" + names.get(2)), maildir.resolve("cur/" + names.get(2) + ":2,RS"));

    Cli again = Cli.run("export", "--to", "maildir", spool, maildir);

    assertThat(again.status()).as("%s", again).isZero();
    assertThat(again.out()).contains("2 messages exported").contains("3 there already");
    assertThat(names(maildir.resolve("tmp"))).isEmpty();
    assertThat(names(maildir.resolve("cur"))).hasSize(1);
    assertThat(names(maildir.resolve("new"))).hasSize(4).doesNotContain(names.get(2));
    for (String name : names(maildir.resolve("new"))) {
      assertThat(maildir.resolve("new/" + name)).hasBinaryContent(MESSAGE);
    }
  }

  @Test
  void aFileThatDiffersIsReportedWhereverItIs() throws IOException {
    Cli.runWithInput(MESSAGE, "put", Cli.uri("file", spool));
    Cli.run("export", "--to", "maildir", spool, maildir);
    String name = names(maildir.resolve("new")).get(0);
    Path changed = Files.writeString(maildir.resolve("new/" + name), "changed");

    Cli refused = Cli.run("export", "--to", "maildir", spool, maildir);
    assertThat(refused.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(refused.err()).contains("not exported: ").contains("--force");

    Files.move(changed, maildir.resolve("cur/" + name + ":2,S"));
    assertThat(Cli.run("export", "--force", "--to", "maildir", spool, maildir).err())
        .contains("is there and differs");
    assertThat(names(maildir.resolve("new"))).isEmpty();
  }
}
