package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command explains itself. */
final class HelpTest {
  static Set<String> commands() {
    return Main.commandLine(Streams.ofProcess()).getSubcommands().keySet();
  }

  /** What is to be copied stands on one line. */
  @Test
  void examplesAreNotWrapped() {
    assertThat(Cli.run("export", "--help").out()).contains("TARGET/new/SECONDS.ID.spool");
    assertThat(Cli.run("quarantine", "--help").out())
        .contains("  spool quarantine /var/spool/app 01a1fce22d447000a352a261e380fc5d ~/damaged\n");
    assertThat(Cli.run("verify", "--help").out()).contains("DIR/ID.damaged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"put", "rm", "import", "copy", "compact", "cleanup", "quarantine"})
  void saysThatTheServerMustBeStopped(String command) {
    assertThat(Cli.run(command, "--help").out().replaceAll("\\s+", " "))
        .containsPattern("[Ss]erver that uses (the spool|TO) must be stopped")
        .contains(" 130 interrupted")
        .contains(" 143 asked to end");
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
