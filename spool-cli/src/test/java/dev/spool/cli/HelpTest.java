package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command explains itself. */
final class HelpTest {
  @ParameterizedTest
  @ValueSource(strings = {"import", "export", "ls", "cat", "put", "rm", "stat", "verify", "demo"})
  void showsUsageAndExitStatuses(String command) {
    Cli help = Cli.run(command, "--help");

    assertThat(help.status()).isZero();
    assertThat(help.out())
        .contains("Usage: spool " + command)
        .contains("Exit status:")
        .contains("--debug");
    assertThat(Cli.run("--help").out()).contains("  " + command + " ");
  }
}
