package dev.spool.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.cli.Cli;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short run of the demo, on the sample mail. */
final class DemoCommandTest {
  @TempDir Path temporary;

  @Test
  void losesNothing() {
    Cli demo = Cli.run("demo", "--seconds", 1, "--kills", 3, "--seed", 7, "--dir", temporary);

    assertThat(demo.status()).as("%s", demo).isZero();
    assertThat(demo.out())
        .contains("48 messages of mail", "seed 7;")
        .contains("kill 3 of 3", "file ", "rocksdb ")
        .contains("452 4.3.1 the spool is not accepting writes", "507 Insufficient Storage")
        .contains("it takes stores again, without a restart")
        .contains("verify names it", "load() refuses", "quarantine moves")
        .contains("Kills prove what the death of a process")
        .doesNotContain("BROKEN");
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void losesNothingOfAJournal() {
    Cli demo =
        Cli.run("demo", "--backend", "journal", "--seconds", 1, "--kills", 3, "--dir", temporary);

    assertThat(demo.status()).as("%s", demo).isZero();
    assertThat(demo.out()).contains("kill 3 of 3", "journal ").doesNotContain("BROKEN");
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void refusesADirectoryWithoutMail() {
    Cli demo = Cli.run("demo", "--mail", temporary);

    assertThat(demo.status()).isNotZero();
    assertThat(demo.err()).contains("no mail").doesNotContain("\tat ");
  }
}
