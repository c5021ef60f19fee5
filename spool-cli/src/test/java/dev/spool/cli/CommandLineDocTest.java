package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** {@code docs/command-line.md} has every command, an example of each, and the exit statuses. */
final class CommandLineDocTest {
  private static String document() throws IOException {
    return Files.readString(Path.of("..", "docs", "command-line.md"));
  }

  private static CommandLine command() {
    return Main.commandLine(Streams.ofProcess());
  }

  private static Stream<MatchResult> matches(String pattern) throws IOException {
    return Pattern.compile(pattern, Pattern.MULTILINE).matcher(document()).results();
  }

  /** Its examples: what follows {@code spool} at the start of a line. */
  static List<String> examples() throws IOException {
    return matches("^(?:source <\\()?spool ([a-z].*?)\\)?$").map(match -> match.group(1)).toList();
  }

  @Test
  void everyCommandHasASectionAndEverySectionACommand() throws IOException {
    List<String> sections = matches("^### `(\\S+)`$").map(match -> match.group(1)).toList();

    assertThat(sections).containsExactlyInAnyOrderElementsOf(command().getSubcommands().keySet());
  }

  @Test
  void everyCommandHasAnExample() throws IOException {
    List<String> shown = examples().stream().map(line -> line.split(" ", 2)[0]).toList();

    assertThat(shown).containsAll(command().getSubcommands().keySet());
  }

  /** Parsed, not run. */
  @ParameterizedTest
  @MethodSource("examples")
  void anExampleIsUnderstood(String example) {
    assertThat(command().parseArgs(example.split(" ", -1)).errors()).isEmpty();
  }

  @Test
  void everyExitStatusIsExplained() throws IOException {
    List<String> explained = matches("^\\| (\\d+) \\|").map(match -> match.group(1)).toList();

    for (Map.Entry<String, String> status : ExitStatus.help().entrySet()) {
      assertThat(explained).contains(status.getKey().strip());
    }
  }
}
