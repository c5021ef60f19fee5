package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spool.Spool;
import dev.spool.Spools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every mistake gets a message that says what is wrong, an exit status, and no stack trace. */
final class BadInputTest {
  private static final String V7 = "0190a5b6c7d87e9f8a0b1c2d3e4f5061";
  private static final String V4 = "0190a5b6c7d84e9f8a0b1c2d3e4f5061";

  @TempDir Path temporary;

  private static void check(Cli cli, int status, String... words) {
    assertThat(cli.status()).as("%s", cli).isEqualTo(status);
    assertThat(cli.err()).startsWith("spool: ").contains(words).doesNotContain("\tat ");
    assertThat(cli.bytes()).isEmpty();
  }

  @Test
  void aPathThatIsNotThere() {
    Path nowhere = temporary.resolve("nowhere");

    check(Cli.run("ls", nowhere), ExitStatus.CANNOT_OPEN, "there is no spool", "file:" + nowhere);
    assertThat(nowhere).doesNotExist();
  }

  @Test
  void aPathOfAPlainDatabase() throws IOException {
    Files.writeString(temporary.resolve("CURRENT"), "MANIFEST-000005");

    check(Cli.run("ls", temporary), ExitStatus.CANNOT_OPEN, "spool adopt rocksdb:" + temporary);
  }

  @Test
  void aPathThatIsNotASpool() {
    check(Cli.run("ls", temporary), ExitStatus.CANNOT_OPEN, "is not a spool", "SPOOL");
  }

  @Test
  void aSettingThatCannotBeDecoded() {
    String uri = "file:" + temporary.resolve("x") + "?readOnly=%zz";

    check(Cli.run("put", uri), ExitStatus.USAGE, "not a spool URI");
    check(Cli.run("ls", uri), ExitStatus.USAGE, "not a spool URI");
  }

  @Test
  void aPathOfAFile() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "x");

    check(Cli.run("ls", file), ExitStatus.CANNOT_OPEN, "is not a directory");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void aDirectoryThatHoldsSomethingElse(String scheme) throws IOException {
    Files.writeString(temporary.resolve("precious"), "x");

    check(
        Cli.run("put", scheme + ":" + temporary),
        ExitStatus.CANNOT_OPEN,
        "precious",
        "not a spool");
    try (var list = Files.list(temporary)) {
      assertThat(list).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void aFileInPlaceOfADirectory(String scheme) throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "x");

    check(Cli.run("put", scheme + ":" + file), ExitStatus.CANNOT_OPEN, file.toString());
    check(Cli.run("ls", scheme + ":" + file), ExitStatus.CANNOT_OPEN, file.toString());
    assertThat(file).hasContent("x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void aSpoolThatIsNotThereIsNotMadeByReading(String scheme) {
    Path nowhere = temporary.resolve("nowhere");

    check(Cli.run("ls", scheme + ":" + nowhere), ExitStatus.CANNOT_OPEN, nowhere.toString());
    assertThat(nowhere).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void aSpoolOfAnotherBackend(String scheme) {
    Path spool = temporary.resolve("spool");
    Cli.run("put", Cli.uri(scheme, spool));
    String other = scheme.equals("file") ? "rocksdb" : "file";

    check(Cli.run("ls", other + ":" + spool), ExitStatus.CANNOT_OPEN, scheme + ":" + spool);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void aSpoolOfANewerFormat(String scheme) throws IOException {
    Path spool = temporary.resolve("spool");
    Cli.run("put", Cli.uri(scheme, spool));
    Path marker = spool.resolve("SPOOL");
    String text = Files.readString(marker);
    assertThat(text).containsPattern("version=\\d+");
    Files.writeString(marker, text.replaceFirst("version=\\d+", "version=99"));

    check(Cli.run("ls", spool), ExitStatus.CANNOT_OPEN, spool.toString());
    check(Cli.run("put", spool), ExitStatus.CANNOT_OPEN, spool.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void aSpoolThatIsOpenElsewhere(String scheme) {
    Path spool = temporary.resolve("spool");
    try (Spool owner = Spools.open(Cli.uri(scheme, spool))) {
      assertThat(owner.unhealthyReason()).isNull();
      check(
          Cli.run("put", spool),
          ExitStatus.CANNOT_OPEN,
          "is open elsewhere",
          Long.toString(ProcessHandle.current().pid()),
          "work beside it");
      assertThat(Cli.run("ls", spool).status()).isZero();
    }
  }

  @Test
  void aDirectoryThatMayNotBeWritten() throws IOException {
    Path closed = Files.createDirectory(temporary.resolve("closed"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
    assumeTrue(!Files.isWritable(closed), "root may write everywhere");

    check(Cli.run("put", "file:" + closed.resolve("spool")), ExitStatus.CANNOT_OPEN, "closed");
  }

  @AfterEach
  void reopenDirectory() throws IOException {
    Path closed = temporary.resolve("closed");
    if (Files.exists(closed)) {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void anUnknownSchemeOrSetting() {
    check(Cli.run("ls", "ftp:/x"), ExitStatus.USAGE, "'ftp:'", "file", "rocksdb");
    check(Cli.run("ls", "memory:x?colour=red"), ExitStatus.USAGE, "'colour'", "maxMessageSize");
    check(Cli.run("ls", "memory:x?maxBytes=many"), ExitStatus.USAGE, "maxBytes=many");
    check(Cli.run("ls", "file:/x y"), ExitStatus.USAGE, "not a spool URI");
  }

  /** It would end with the command, which has promised that the message survives a power cut. */
  @Test
  void aMemorySpoolToStoreIn() {
    check(Cli.run("put", "memory:x"), ExitStatus.USAGE, "memory");
    check(Cli.run("import", "memory:x", temporary), ExitStatus.USAGE, "memory");
  }

  /** Nothing was done, and so nothing stopped halfway. */
  @Test
  void toChangeWhatIsOpenedReadOnly() {
    String uri = Cli.uri("file", temporary.resolve("spool"));
    assertThat(Cli.run("put", uri).status()).isZero();

    check(Cli.run("put", uri + "&readOnly=true"), ExitStatus.USAGE, "readOnly=true");
    check(Cli.run("rm", uri + "&readOnly=true", V7), ExitStatus.USAGE, "readOnly=true");
    check(Cli.run("cleanup", uri + "&readOnly=true"), ExitStatus.USAGE, "readOnly=true");
  }

  /** Nothing was written, and so nothing stopped halfway. */
  @Test
  void aTargetThatCannotBe() throws IOException {
    Path spool = temporary.resolve("spool");
    Cli.run("put", Cli.uri("file", spool));
    Path file = Files.writeString(temporary.resolve("file"), "x");

    check(Cli.run("export", "--to", "mbox", spool, file), ExitStatus.USAGE, "is there already; an");
    check(Cli.run("export", spool, file.resolve("below")), ExitStatus.USAGE, "cannot export to");
    check(Cli.run("export", spool, "-"), ExitStatus.USAGE, "--to mbox");
    assertThat(Path.of("-")).doesNotExist();
    assertThat(file).hasContent("x");
  }

  @Test
  void aPathWithSettings() {
    Path spool = temporary.resolve("spool");
    Cli.run("put", Cli.uri("file", spool));

    check(
        Cli.run("ls", spool + "?cacheSize=1"),
        ExitStatus.CANNOT_OPEN,
        "settings need a URI: file:" + spool + "?cacheSize=1");
  }

  @Test
  void anUnknownFormat() {
    check(
        Cli.run("import", "--from", "blah", "memory:x", "y"),
        ExitStatus.USAGE,
        "'blah' is none of files, mbox, maildir, kumomta-localdisk");
    check(
        Cli.run("export", "--to", "blah", "memory:x", "y"),
        ExitStatus.USAGE,
        "'blah' is none of files, mbox, maildir");
  }

  /** Where nothing was opened, nothing is counted. */
  @ParameterizedTest
  @ValueSource(strings = {"verify", "stat", "ls", "cleanup", "compact"})
  void aSpoolThatWasNotOpenedIsNotSummedUp(String command) throws IOException {
    Path nowhere = temporary.resolve("nowhere");
    check(Cli.run(command, nowhere), ExitStatus.CANNOT_OPEN, "there is no spool");
    if (!command.startsWith("c")) {
      check(Cli.run(command, "--json", nowhere), ExitStatus.CANNOT_OPEN, "there is no spool");
    }
    check(Cli.run("export", nowhere, temporary), ExitStatus.CANNOT_OPEN, "there is no spool");
    check(Cli.run("copy", nowhere, "file:" + temporary), ExitStatus.CANNOT_OPEN, "no spool");
  }

  @Test
  void aSpoolThatIsOpenElsewhereIsNotSummedUp() {
    Path spool = temporary.resolve("spool");
    try (Spool owner = Spools.open(Cli.uri("file", spool))) {
      assertThat(owner.unhealthyReason()).isNull();
      check(
          Cli.run("verify", "--quarantine", temporary.resolve("q"), spool),
          ExitStatus.CANNOT_OPEN,
          "is open elsewhere");
    }
  }

  @Test
  void aMalformedId() {
    check(Cli.run("cat", "memory:x", "abc"), ExitStatus.USAGE, "'abc'", "32 hexadecimal digits");
    check(Cli.run("rm", "memory:x", V4), ExitStatus.USAGE, "version 1 or 7");
    check(Cli.run("put", "--id", "abc", "memory:x"), ExitStatus.USAGE, "'abc'");
  }

  @Test
  void aCommandLineThatIsIncompleteOrUnknown() {
    check(Cli.run(), ExitStatus.USAGE, "Name a command", "--help");
    check(Cli.run("improt"), ExitStatus.USAGE, "improt");
    check(Cli.run("cat", "memory:x"), ExitStatus.USAGE, "ID");
    check(Cli.run("ls", "--colour", "memory:x"), ExitStatus.USAGE, "--colour", "spool ls --help");
  }

  @Test
  void showsTheStackTraceOnRequestOnly() {
    Cli debug = Cli.run("ls", "--debug", temporary.resolve("nowhere"));

    assertThat(debug.status()).isEqualTo(ExitStatus.CANNOT_OPEN);
    assertThat(debug.err()).contains("\tat ");
    CommandLog.show(org.slf4j.event.Level.WARN, false);
  }
}
