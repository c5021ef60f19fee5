package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  @Test
  void ourBackendsKeepTheirPromises() {
    Cli torture =
        Cli.run("torture", Cli.uri("rocksdb", directory()), "--faults", "kill", "--rounds", "2");

    assertThat(torture.status()).as(torture::toString).isZero();
    assertThat(torture.out()).contains("seed ").contains("kill: 2 kills").contains("GOOD");
    assertThat(directory()).doesNotExist();
  }

  /** The first life is counted; what is said of it is what those after it were told to do. */
  @Test
  void mailIsStoredAtAShareOfWhatTheDiskCanDo() {
    String uri = Cli.uri("file", directory());
    Cli torture =
        Cli.run(
            "torture", uri, "--faults", "kill", "--rounds", "3", "--seed", "1", "--mail", "50%");

    assertThat(torture.status()).as(torture::toString).isZero();
    Matcher said =
        Pattern.compile("(\\d+) messages a second at most; 50 % are (\\d+), \\d+ held")
            .matcher(torture.out());
    assertThat(said.find()).as(torture::toString).isTrue();
    assertThat(Integer.parseInt(said.group(2)))
        .isEqualTo(Math.max(1, Integer.parseInt(said.group(1)) / 2));
  }

  @Test
  void shareThatIsNoneIsRefused() {
    Cli torture = Cli.run("torture", Cli.uri("file", directory()), "--mail", "150%");
    assertThat(torture.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(torture.err()).contains("from 1% to 100%");
    assertThat(directory()).doesNotExist();
  }

  /** All kinds, in a directory that a link leads to, and beside which nothing is touched. */
  @Test
  void everyKindOfFaultIsTried() throws IOException {
    Files.createSymbolicLink(directory(), Files.createDirectory(temporary.resolve("linked")));
    Path beside = Files.createFile(temporary.resolve("beside"));

    Cli torture = Cli.run("torture", Cli.uri("file", directory()), "--rounds", "1");

    assertThat(torture.status()).as(torture::toString).isZero();
    assertThat(torture.out())
        .contains("kill: 1 kills")
        .contains("open: 1 rounds")
        .contains("damage: 1 rounds")
        .contains("shortage: 1 rounds")
        .containsPattern("GOOD: every promise was kept, by kill, open, damage[,;]");
    if (Boolean.getBoolean("spool.tools.required")) {
      assertThat(torture.out()).contains("mount: 1 rounds");
    } else {
      assertThat(torture.out()).containsPattern("mount: 1 rounds|not run: mount \\(.+\\)");
    }
    assertThat(torture.err()).contains("open: 1 of 1 rounds");
    if (torture.out().contains("mount: 1 rounds")) {
      assertThat(torture.err()).contains("DROPPING_FORCE, recovered, mounted: ");
    }
    assertThat(directory()).isSymbolicLink().isEmptyDirectory();
    assertThat(temporary).isDirectoryContaining(beside::equals);
  }

  /** Each of these is a mutation of a good backend: one that passed would mean a blind judge. */
  @ParameterizedTest
  @CsvSource({
    "STORES_LATER, has to be",
    "STORES_NEVER_END, no write was acknowledged",
    "REMOVES_LATER, has to be",
    "DOES_NOT_CHECK, has to be generation",
    "SCANS_IN_PART, is nothing"
  })
  void liarsAreFoundOut(String lie, String said) {
    isFoundOut(torture(lie, "kill"), said);
  }

  @ParameterizedTest
  @CsvSource({
    "open, TAKES_NO_LOCK, the other one",
    "damage, SERVES_DAMAGE, wrong bytes",
    "damage, TRUSTS_ITS_LOG, wrong bytes",
    "mount, SYNCS_NOTHING, has to be",
    "shortage, SWALLOWS_FAILURES, BAD afterwards"
  })
  void liarsThatSurviveKillsAreFoundOut(String faults, String lie, String said) {
    Cli torture = torture(lie, faults);

    if (!Boolean.getBoolean("spool.tools.required")) {
      assumeFalse(torture.out().contains("not run: mount"), torture::out);
    }
    isFoundOut(torture, said);
    assertThat(torture.out())
        .as("how to find it again")
        .contains("spool torture 'lying:" + directory() + "?lie=" + lie + "' --faults " + faults);
  }

  private Cli torture(String lie, String faults) {
    String uri = "lying:" + directory() + "?lie=" + lie;
    return Cli.run("torture", uri, "--faults", faults, "--rounds", "5", "--seed", "1");
  }

  private void isFoundOut(Cli torture, String said) {
    assertThat(torture.status()).as(torture::toString).isEqualTo(ExitStatus.SOME_FAILED);
    assertThat(torture.out()).contains("BAD").contains(said).contains("seed 1");
    assertThat(directory()).as("what was found is kept").isNotEmptyDirectory();
  }

  /** What somebody asks for by name, and does not get, is no good verdict. */
  @ParameterizedTest
  @ValueSource(strings = {"REFUSES", "REFUSES_AND_PRINTS"})
  void faultsThatCannotBeTriedAreNoVerdict(String lie) {
    Cli torture = torture(lie, "open");

    assertThat(torture.status()).as(torture::toString).isEqualTo(ExitStatus.STOPPED);
    assertThat(torture.out()).contains("NO VERDICT").contains("not run: open (it takes no message");
  }

  /** Faults of files show nothing of a spool that has none where they are. */
  @ParameterizedTest
  @CsvSource({"damage, KEEPS_NOTHING_THERE", "mount, MAKES_ITS_DIRECTORY"})
  void spoolThatKeepsNothingThereHasShownNothing(String faults, String lie) throws IOException {
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    String uri = "lying:" + directory() + "?lie=" + lie + "&elsewhere=" + elsewhere;

    Cli torture = Cli.run("torture", uri, "--faults", faults, "--rounds", "3");

    assertThat(torture.status()).as(torture::toString).isEqualTo(ExitStatus.STOPPED);
    assertThat(torture.out()).contains("NO VERDICT").contains("not run: " + faults);
    if (!faults.equals("mount") || Boolean.getBoolean("spool.tools.required")) {
      assertThat(torture.out()).contains(faults + " (it keeps no files there)");
    }
  }

  @Test
  void spoolThatTakesNothingHasShownNothing() {
    Cli torture = Cli.run("torture", "lying:" + directory() + "?lie=REFUSES", "--rounds", "1");

    assertThat(torture.status()).as(torture::toString).isEqualTo(ExitStatus.STOPPED);
    assertThat(torture.out()).contains("NO VERDICT");
  }

  /** It has taken some before, so that promises could be broken. */
  @Test
  void spoolThatTakesNothingAnyMoreHasShownNothing() {
    Cli torture = torture("SHEDS_AFTER_REOPENING", "kill");

    assertThat(torture.status()).as(torture::toString).isEqualTo(ExitStatus.STOPPED);
    assertThat(torture.out())
        .contains("NO VERDICT, kill: the spool has refused stores")
        .contains("refused, SpoolUnhealthyException");
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
