package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every command explains itself. */
final class HelpTest {
  static Set<String> commands() {
    return Main.commandLine(Streams.ofProcess()).getSubcommands().keySet();
  }

  @ParameterizedTest
  @MethodSource("commands")
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
