package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code ls}, {@code cat}, {@code stat}, {@code verify} and {@code export}, and their exit
 * statuses.
 */
final class ReadingCommandsTest {
  private static final byte[] FIRST =
      "Subject: one\r\n\r\n\0\u00ff\n".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] SECOND = new byte[5000];

  @TempDir Path temporary;

  private String put(String scheme, byte[] message) {
    Cli put = Cli.runWithInput(message, "put", Cli.uri(scheme, temporary.resolve("spool")));
    assertThat(put.status()).as("%s", put).isZero();
    return put.out().strip();
  }

  private Path spool() {
    return temporary.resolve("spool");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void listsIdsAgesAndSizes(String scheme) {
    String first = put(scheme, FIRST);
    String second = put(scheme, SECOND);

    Cli listed = Cli.run("ls", spool());

    assertThat(listed.status()).isZero();
    assertThat(listed.out().lines()).hasSize(2);
    assertThat(listed.out())
        .containsPattern(first + " .*19 B")
        .containsPattern(second + " .*4.9 KiB");
    assertThat(Cli.run("ls", "--json", spool()).out())
        .contains("{\"id\":\"" + second + "\",\"created\":\"2")
        .contains("\"bytes\":5000}");
  }

  @Test
  void outputThatDoesNotArriveIsAFailureUnlessAListsReaderLeft() {
    String id = put("file", FIRST);
    for (boolean pipe : List.of(false, true)) {
      OutputStream full =
          new OutputStream() {
            @Override
            public void write(int b) throws IOException {
              throw new IOException("in any language");
            }
          };
      Streams streams =
          new Streams(
              InputStream.nullInputStream(),
              Streams.to(new ReaderGone(full, () -> pipe)),
              new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
              false);
      String spool = spool().toString();
      assertThat(Main.commandLine(streams).execute("cat", spool, id)).isEqualTo(ExitStatus.STOPPED);
      assertThat(Main.commandLine(streams).execute("export", "--to", "mbox", spool, "-"))
          .isEqualTo(ExitStatus.STOPPED);
      assertThat(Main.commandLine(streams).execute("ls", spool))
          .isEqualTo(pipe ? ExitStatus.OK : ExitStatus.STOPPED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void writesMessagesByteForByte(String scheme) {
    String first = put(scheme, FIRST);
    String absent = SpoolId.withTimestampOf(SpoolId.parse(first)).toString();

    assertThat(Cli.run("cat", spool(), first).bytes()).isEqualTo(FIRST);

    Cli partly = Cli.run("cat", spool(), absent, first);
    assertThat(partly.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(partly.bytes()).isEqualTo(FIRST);
    assertThat(partly.err()).contains("no message " + absent);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void countsAndShowsState(String scheme) {
    put(scheme, FIRST);
    put(scheme, SECOND);

    Cli stat = Cli.run("stat", spool());

    assertThat(stat.status()).isZero();
    assertThat(stat.out())
        .containsPattern("backend +" + scheme)
        .containsPattern("messages +2\n")
        .containsPattern("bytes +5,019 ")
        .containsPattern("oldest +2")
        .containsPattern("this look +met no errors");
    assertThat(Cli.run("stat", "--json", spool()).out())
        .contains("\"messages\":2,\"bytes\":5019,\"damaged\":0,")
        .contains("\"thisLookOnly\":{\"metErrors\":false")
        .contains("\"figures\":{");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void verifiesAWholeSpool(String scheme) {
    put(scheme, FIRST);

    Cli verified = Cli.run("verify", spool());

    assertThat(verified.status()).isZero();
    assertThat(verified.out()).isEqualTo("1 message whole (19 B), 0 damaged\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void exportsByteForByteAndAgainWithoutHarm(String scheme) throws IOException {
    String first = put(scheme, FIRST);
    String second = put(scheme, SECOND);
    Path target = temporary.resolve("made/on the way");

    Cli exported = Cli.run("export", spool(), target);

    assertThat(exported.status()).as("%s", exported).isZero();
    assertThat(target.resolve(first + ".eml")).hasBinaryContent(FIRST);
    assertThat(target.resolve(second + ".eml")).hasBinaryContent(SECOND);
    assertThat(names(target)).hasSize(2);
    Cli again = Cli.run("export", spool(), target);
    assertThat(again.status()).isZero();
    assertThat(again.out()).contains("2 there already");
  }

  @Test
  void replacesAnotherFileOnlyByForce() throws IOException {
    String id = put("file", FIRST);
    Path file = Files.createDirectories(temporary.resolve("target")).resolve(id + ".eml");
    Files.writeString(file, "somebody's");

    Cli refused = Cli.run("export", spool(), file.getParent());
    assertThat(refused.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(refused.err()).contains("not exported: " + id).contains("--force");
    assertThat(file).hasContent("somebody's");

    assertThat(Cli.run("export", "--force", spool(), file.getParent()).status()).isZero();
    assertThat(file).hasBinaryContent(FIRST);
  }

  @Test
  void exportsNeitherIntoTheSpoolNorOverAFile() throws IOException {
    put("file", FIRST);

    assertThat(Cli.run("export", spool(), spool().resolve("out")).status())
        .isEqualTo(ExitStatus.USAGE);
    Path file = Files.writeString(temporary.resolve("file"), "x");
    Cli failed = Cli.run("export", spool(), file);
    assertThat(failed.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(failed.err()).contains("is there already").doesNotContain("\tat ");
  }

  @Test
  void namesADamagedMessageAndServesTheRest() throws IOException {
    String damaged = put("file", SECOND);
    String whole = put("file", FIRST);
    flipAByte(damaged);

    Cli verified = Cli.run("verify", spool());
    assertThat(verified.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(verified.out())
        .contains("damaged: " + damaged + " at ")
        .contains("1 message whole (19 B), 1 damaged");
    assertThat(Cli.run("verify", "--json", spool()).out())
        .contains("{\"damaged\":true,\"id\":\"" + damaged + "\",\"location\":\"")
        .contains("{\"whole\":1,\"bytes\":19,\"damagedCount\":1,\"complete\":true}");

    Cli cat = Cli.run("cat", spool(), damaged, whole);
    assertThat(cat.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(cat.bytes()).isEqualTo(FIRST);
    assertThat(cat.err()).contains(damaged).contains("quarantine");

    Path target = temporary.resolve("target");
    Cli exported = Cli.run("export", spool(), target);
    assertThat(exported.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(names(target)).containsExactly(whole + ".eml");
    assertThat(exported.err()).contains("damaged: " + damaged);
  }

  private void flipAByte(String id) throws IOException {
    try (Stream<Path> walk = Files.walk(spool())) {
      List<Path> files =
          walk.filter(path -> String.valueOf(path.getFileName()).contains(id)).toList();
      assertThat(files).hasSize(1);
      byte[] bytes = Files.readAllBytes(files.get(0));
      bytes[100] ^= 1;
      Files.write(files.get(0), bytes);
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> list = Files.list(directory)) {
      return list.map(path -> String.valueOf(path.getFileName())).sorted().toList();
    }
  }
}
