package dev.spool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Spool directories that somebody has prepared against whoever opens them: links that lead out,
 * pipes that would be waited for, files that are too large, names that write to the terminal. What
 * lies outside is neither read nor changed, nothing hangs, and the failure is a typed one.
 */
final class HostileDirectoryTest {
  private static final byte[] MESSAGE = "Subject: one\r\n\r\nof somebody else\r\n".getBytes(UTF_8);
  private static final String VICTIM = "not the spool's\n";

  @TempDir Path temporary;
  private Path spool;
  private Path outside;
  private Path victim;

  @BeforeEach
  void prepare() throws IOException {
    spool = temporary.resolve("spool");
    outside = Files.createDirectory(temporary.resolve("outside"));
    victim = Files.writeString(outside.resolve("victim"), VICTIM);
  }

  private SpoolId put(String scheme) {
    Cli put = Cli.runWithInput(MESSAGE, "put", uri(scheme));
    assertThat(put.status()).as("%s", put).isZero();
    return SpoolId.parse(put.out().strip());
  }

  private String uri(String scheme) {
    return Cli.uri(scheme, spool) + (scheme.equals("rocksdb") ? "&ballast=0" : "");
  }

  @ParameterizedTest
  @CsvSource({
    "file, SPOOL",
    "file, data",
    "journal, SPOOL",
    "journal, ROSTER",
    "journal, journal",
    "journal, journal/.seg",
    "rocksdb, SPOOL",
    "rocksdb, SYNCED",
    "rocksdb, KNOWN-MANIFEST",
    "rocksdb, db",
    "rocksdb, db/CURRENT",
    "rocksdb, db/MANIFEST-",
    "rocksdb, db/.log"
  })
  void linkThatLeadsOutIsFollowedNeitherToReadNorToWrite(String scheme, String name)
      throws IOException {
    SpoolId id = put(scheme);
    Path inside = named(name);
    Path moved = outside.resolve("moved");
    Files.move(inside, moved);
    Files.createSymbolicLink(inside, moved);
    List<String> before = contents(outside);

    assertRefused(scheme, id);

    assertThat(contents(outside)).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "file, SPOOL",
    "journal, SPOOL",
    "journal, ROSTER",
    "journal, journal/.seg",
    "rocksdb, SPOOL",
    "rocksdb, SYNCED",
    "rocksdb, KNOWN-MANIFEST",
    "rocksdb, db/CURRENT",
    "rocksdb, db/MANIFEST-",
    "rocksdb, db/.log"
  })
  void pipeIsNotWaitedFor(String scheme, String name) throws Exception {
    SpoolId id = put(scheme);
    Path inside = named(name);
    Files.delete(inside);
    makePipe(inside);

    assertRefused(scheme, id);
  }

  /** No command may show anything of it, and each says why in a typed failure. */
  private void assertRefused(String scheme, SpoolId id) {
    for (String settings : List.of("", "&readOnly=true")) {
      SpoolException refused =
          catchThrowableOfType(
              SpoolException.class,
              () -> {
                try (Spool opened = Spools.open(uri(scheme) + settings)) {
                  opened.load(id).join();
                }
              });
      assertThat(refused).as("with%s", settings).isNotNull();
    }
    for (List<Object> command :
        List.<List<Object>>of(
            List.of("verify", uri(scheme)),
            List.of("stat", uri(scheme)),
            List.of("cat", uri(scheme), id))) {
      Cli ran = Cli.run(command.toArray());
      assertThat(ran.status()).as("%s", ran).isIn(ExitStatus.CANNOT_OPEN, ExitStatus.STOPPED);
      assertThat(ran.out()).doesNotContain("somebody else");
      assertThat(ran.err()).doesNotContain("internal error", "somebody else");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "file, LOCK",
    "file, OWNER",
    "file, OWNER.tmp",
    "file, SPOOL.tmp",
    "file, tmp",
    "journal, LOCK",
    "journal, ROSTER",
    "journal, ROSTER.new",
    "journal, journal",
    "journal, journal/00000000.new",
    "rocksdb, LOCK",
    "rocksdb, OWNER",
    "rocksdb, OWNER.tmp",
    "rocksdb, SYNCED",
    "rocksdb, SYNCED.new",
    "rocksdb, KNOWN-MANIFEST",
    "rocksdb, BALLAST",
    "rocksdb, db/LOCK",
    "rocksdb, db/LOG"
  })
  void nothingIsWrittenOrMadeAtTheEndOfALink(String scheme, String name) throws IOException {
    for (Path target : List.of(victim, outside.resolve("not there"))) {
      put(scheme);
      Path inside = spool.resolve(name);
      deleteTree(inside);
      Files.createSymbolicLink(inside, target);

      // Whether it is refused depends on the name; that nothing outside changes does not.
      Cli ran = Cli.runWithInput(MESSAGE, "put", uri(scheme));

      assertThat(ran.status()).as("%s", ran).isIn(ExitStatus.OK, ExitStatus.CANNOT_OPEN);
      assertThat(contents(outside)).containsExactly("victim " + VICTIM);
      deleteTree(spool);
    }
  }

  /** Its marker is a file like any other, and --force replaces files. */
  @Test
  void nothingIsExportedIntoTheSpoolWhateverLinkLeadsThere() throws IOException {
    Path spool = temporary.resolve("exported");
    Cli.runWithInput(new byte[] {'x', '\n'}, "put", Cli.uri("file", spool));
    byte[] marker = Files.readAllBytes(spool.resolve("SPOOL"));
    Path link = Files.createSymbolicLink(temporary.resolve("link"), spool);
    for (String target : List.of("SPOOL", "new/file", ".")) {
      Path path = link.resolve(target);
      for (String format : List.of("mbox", "files", "maildir")) {
        Cli export = Cli.run("export", "--force", "--to", format, spool, path);
        assertThat(export.status()).as("%s", export).isEqualTo(ExitStatus.USAGE);
        assertThat(export.err()).contains("inside the spool");
      }
    }
    assertThat(spool.resolve("SPOOL")).hasBinaryContent(marker);
    assertThat(spool.resolve("new")).doesNotExist();
  }

  @Test
  void messageBehindALinkedSlotIsNotThere() throws IOException {
    SpoolId id = put("file");
    Path slot = onlyChild(spool.resolve("data"));
    Path moved = outside.resolve("slot");
    Files.move(slot, moved);
    Files.createSymbolicLink(slot, moved);
    try (Spool opened = Spools.open(uri("file"))) {
      assertThat(failure(opened.load(id))).isInstanceOf(MessageCorruptException.class);
      // Else it would be moved away from where it lies.
      assertThat(failure(opened.quarantine(id, temporary.resolve("quarantine"))))
          .isInstanceOf(MessageNotFoundException.class);
      // Nor is it said to be gone: it is there again once its directory is.
      assertThat(failure(opened.remove(id)))
          .isInstanceOfSatisfying(
              SpoolIOException.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED));
    }
    assertThat(moved.resolve(id.toString())).exists();
    Cli verified = Cli.run("verify", spool);
    assertThat(verified.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(verified.out()).contains("0 messages whole", "1 damaged");
  }

  private static Throwable failure(CompletableFuture<?> call) {
    return catchThrowableOfType(CompletionException.class, call::join).getCause();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void markerThatIsHugeOrHoldsNulsIsRefusedWithoutReadingItAll(String scheme) throws IOException {
    SpoolId id = put(scheme);
    Path marker = spool.resolve("SPOOL");
    byte[] whole = Files.readAllBytes(marker);
    try (RandomAccessFile file = new RandomAccessFile(marker.toFile(), "rw")) {
      file.setLength(8L << 30); // sparse
    }
    assertRefused(scheme, id);
    Files.write(marker, new byte[whole.length]);
    assertRefused(scheme, id);
    byte[] nul = whole.clone();
    nul[nul.length / 2] = 0;
    Files.write(marker, nul);
    assertRefused(scheme, id);
    Files.write(marker, whole);
    assertThat(Cli.run("verify", spool).status()).isZero();
  }

  @Test
  void namesOfFilesWriteNothingToTheTerminal() throws IOException {
    put("file");
    Path slot = onlyChild(spool.resolve("data"));
    Files.writeString(slot.resolve("evil\u001b[31mred\nspool: all is well\u009b2J\u202e"), "x");
    for (String command : List.of("verify", "stat", "ls", "export")) {
      Cli ran =
          command.equals("export")
              ? Cli.run(command, spool, temporary.resolve("out"))
              : Cli.run(command, spool);
      assertThat(ran.status()).isEqualTo(ExitStatus.SOME_FAILED);
      assertThat(ran.out() + ran.err())
          .doesNotContain("\u001b", "\u009b", "\u202e", "\nspool: all is well");
    }
    assertThat(Cli.run("verify", spool).out()).contains("evil?[31mred?spool: all is well");
  }

  @Test
  void namesOfFilesInAMaildirWriteNothingToTheTerminal() throws IOException {
    Path maildir = temporary.resolve("Maildir");
    for (String directory : List.of("new", "cur", "tmp")) {
      Files.createDirectories(maildir.resolve(directory));
    }
    String name = "evil\u001b[31mred\nspool: all is well";
    Files.writeString(maildir.resolve("new").resolve("." + name), "x"); // noted
    Files.createDirectory(maildir.resolve("cur").resolve(name)); // skipped
    Cli ran = Cli.run("import", Cli.uri("file", spool), maildir);
    assertThat(ran.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(ran.err())
        .contains("/.evil?[31mred?spool: all is well", "/evil?[31mred?spool: all is well")
        .doesNotContain("\u001b", "\nspool: all is well");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void whatIsMadeIsTheOwnersAloneInADirectoryOfAGroup(String scheme) throws IOException {
    Files.createDirectory(spool);
    Files.setPosixFilePermissions(spool, PosixFilePermissions.fromString("rwxrwx---"));
    SpoolId id = put(scheme);
    assertThat(Cli.run("cat", spool, id).bytes()).isEqualTo(MESSAGE);
    try (Stream<Path> made = Files.list(spool)) {
      for (Path path : made.toList()) {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
        assertThat(PosixFilePermissions.toString(permissions)).as("%s", path).endsWith("------");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void spoolThatEverybodyCanChangeIsWarnedOf(String scheme) throws IOException {
    put(scheme);
    Files.setPosixFilePermissions(spool, PosixFilePermissions.fromString("rwx----w-"));
    PrintStream before = System.err;
    var logged = new ByteArrayOutputStream();
    System.setErr(new PrintStream(logged, true, UTF_8));
    try {
      assertThat(Cli.run("verify", spool).status()).isZero();
    } finally {
      System.setErr(before);
    }
    assertThat(logged.toString(UTF_8)).contains("can be changed by everybody on this machine");
  }

  /**
   * {@code db/MANIFEST-}, {@code db/.log} and {@code journal/.seg} stand for a file whose name has
   * that in it.
   */
  private Path named(String name) throws IOException {
    Path path = spool.resolve(name);
    if (Files.exists(path)) {
      return path;
    }
    String part = path.getFileName().toString();
    try (Stream<Path> files = Files.list(path.getParent())) {
      return files.filter(file -> file.getFileName().toString().contains(part)).findFirst().get();
    }
  }

  private static Path onlyChild(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      List<Path> all = children.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }

  private static void makePipe(Path path) throws IOException, InterruptedException {
    Process made = new ProcessBuilder(Programs.find("mkfifo"), path.toString()).inheritIO().start();
    assertThat(made.waitFor()).isZero();
  }

  private static List<String> contents(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .sorted()
          .map(
              file -> {
                try {
                  return directory.relativize(file)
                      + " "
                      + new String(Files.readAllBytes(file), UTF_8);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .toList();
    }
  }

  private static void deleteTree(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
