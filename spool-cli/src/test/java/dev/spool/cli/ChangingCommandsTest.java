package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code put} and {@code rm}. */
final class ChangingCommandsTest {
  private static final String ID = "0190a5b6c7d87e9f8a0b1c2d3e4f5061";

  @TempDir Path temporary;

  private Path spool() {
    return temporary.resolve("spool");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void putsAFileUnderAnIdAndReplacesIt(String scheme) throws IOException {
    Path file = Files.writeString(temporary.resolve("message"), "from a file");
    String uri = Cli.uri(scheme, spool());

    assertThat(Cli.run("put", "--id", ID, uri, file).out()).isEqualTo(ID + "\n");
    assertThat(Cli.run("cat", spool(), ID).out()).isEqualTo("from a file");

    byte[] input = "from standard input".getBytes(StandardCharsets.UTF_8);
    assertThat(Cli.runWithInput(input, "put", "--id", ID, spool(), "-").status()).isZero();
    assertThat(Cli.run("cat", spool(), ID).out()).isEqualTo("from standard input");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void removesAndDoesNotMindWhatIsNotThere(String scheme) {
    Cli.run("put", "--id", ID, Cli.uri(scheme, spool()));
    String dashed = "0190a5b6-c7d8-7e9f-8a0b-1c2d3e4f5061";

    assertThat(Cli.run("rm", spool(), dashed).status()).isZero();
    assertThat(Cli.run("rm", spool(), dashed).status()).isZero();
    assertThat(Cli.run("ls", spool()).out()).isEmpty();
  }

  /** A large queue is given up by what {@code ls} prints; more than may be under way at once. */
  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb", "journal"})
  void removesWhatStandardInputNames(String scheme) {
    String uri = Cli.uri(scheme, spool());
    try (Spool spool = Spools.open(uri)) {
      for (int i = 0; i < 2500; i++) {
        CompletableFuture<Void> unused =
            spool.store(SpoolId.random(), new byte[10], Durability.BUFFERED, null);
      }
    }
    Cli.run("put", "--id", ID, uri);
    List<String> lines =
        Cli.run("ls", spool()).out().lines().filter(line -> !line.startsWith(ID)).toList();
    assertThat(lines).hasSize(2500);
    byte[] input = (String.join("\n", lines) + "\n\n").getBytes(StandardCharsets.UTF_8);

    Cli removed = Cli.runWithInput(input, "rm", uri, "-");

    assertThat(removed.status()).as("%s", removed).isZero();
    assertThat(removed.out()).isEqualTo("2,500 messages removed, or not there\n");
    assertThat(Cli.run("ls", spool()).out().lines()).singleElement().asString().startsWith(ID);
  }

  @Test
  void removesTheOthersWhereALineIsNoId() {
    String uri = Cli.uri("file", spool());
    Cli.run("put", "--id", ID, uri);
    byte[] input = ("nonsense\033[2J\n" + ID).getBytes(StandardCharsets.UTF_8);

    Cli removed = Cli.runWithInput(input, "rm", uri, "-");

    assertThat(removed.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(removed.err()).contains("spool: line 1: ").doesNotContain("\033");
    assertThat(Cli.run("ls", spool()).out()).isEmpty();
  }

  @Test
  void doesNotMakeASpoolForAFileThatCannotBeRead() {
    Cli put = Cli.run("put", Cli.uri("file", spool()), "/no/such/file");

    assertThat(put.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(put.err()).contains("/no/such/file: no such file or directory");
    assertThat(spool()).doesNotExist();
  }

  @Test
  void refusesAMessageOverTheLimit() {
    Cli put =
        Cli.runWithInput(new byte[11], "put", Cli.uri("file", spool()) + "&maxMessageSize=10");

    assertThat(put.status()).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(put.err()).contains("too large").contains("maxMessageSize");
  }

  @Test
  void saysThatAFullSpoolTakesNothing() {
    Cli put = Cli.runWithInput(new byte[100], "put", "file:" + spool() + "?minFreeSpace=100%25");

    assertThat(put.status()).isEqualTo(ExitStatus.STOPPED);
    assertThat(put.err())
        .startsWith("spool: the spool is not accepting writes\n")
        .contains("minFreeSpace")
        .contains("make room")
        .doesNotContain("\tat ");
  }
}
