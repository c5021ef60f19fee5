package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A torture finds nothing in our backends, everything in liars, and touches nothing else. */
@Tag("same-on-any-jdk")
class TortureCommandTest {
  @TempDir Path temporary;

  private Path directory() {
    return temporary.resolve("spool");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb"})
  void ourBackendsKeepTheirPromises(String scheme) throws IOException {
    Cli torture = Cli.run("torture", Cli.uri(scheme, directory()), "--rounds", "3");

    assertThat(torture.status()).as(torture::toString).isZero();
    assertThat(torture.out()).contains("seed ").contains("3 kills").contains("GOOD");
    assertThat(directory()).doesNotExist();
  }

  /** Each of these is a mutation of a good backend: one that passed would mean a blind judge. */
  @ParameterizedTest
  @CsvSource({
    "STORES_LATER, has to be",
    "REMOVES_LATER, has to be",
    "DOES_NOT_CHECK, has to be generation",
    "SCANS_IN_PART, is nothing"
  })
  void liarsAreFoundOut(String lie, String said) {
    Cli torture =
        Cli.run("torture", "lying:" + directory() + "?lie=" + lie, "--rounds", "5", "--seed", "1");

    assertThat(torture.status()).as(torture::toString).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(torture.out()).contains("BAD").contains(said).contains("seed 1");
    assertThat(directory()).as("what was found is kept").isNotEmptyDirectory();
  }

  @Test
  void spoolThatTakesNothingHasShownNothing() {
    Cli torture = Cli.run("torture", "lying:" + directory() + "?lie=REFUSES", "--rounds", "1");

    assertThat(torture.status()).as(torture::toString).isEqualTo(ExitStatus.STOPPED);
    assertThat(torture.out()).contains("NO VERDICT");
  }

  @Test
  void directoryOfSomeoneElseIsRefusedUntouched() throws IOException {
    Path file = Files.createDirectory(directory()).resolve("precious");
    Files.writeString(file, "precious");

    Cli torture = Cli.run("torture", "file:" + directory(), "--rounds", "1");

    assertThat(torture.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(torture.err()).contains("is not empty");
    assertThat(directory()).isDirectoryNotContaining(path -> !path.equals(file));
    assertThat(file).hasContent("precious");
  }

  @Test
  void spoolThatExistsIsRefused() {
    assertThat(Cli.run("ls", "file:" + directory()).status()).isNotZero();
    Cli put = Cli.runWithInput(new byte[] {1}, "import", Cli.uri("file", directory()), "-");
    assertThat(put.status()).as(put::toString).isZero();

    Cli torture = Cli.run("torture", "file:" + directory(), "--rounds", "1");

    assertThat(torture.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(Cli.run("ls", directory()).out().lines()).hasSize(1);
  }

  @Test
  void memoryIsRefused() {
    assertThat(Cli.run("torture", "memory:x", "--rounds", "1").status())
        .isEqualTo(ExitStatus.USAGE);
  }
}
