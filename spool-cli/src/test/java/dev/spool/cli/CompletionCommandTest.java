package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code completion}, by the shell that it is for. */
final class CompletionCommandTest {
  @TempDir Path temporary;

  private Path script;

  @BeforeEach
  void print() throws IOException {
    Cli completion = Cli.run("completion");
    assertThat(completion.status()).isZero();
    script = Files.write(temporary.resolve("spool_completion"), completion.bytes());
  }

  /** Returns what bash offers, a word a line, for a line of which the last word is begun. */
  private String offered(String... words) throws IOException {
    String line =
        "set -e; source "
            + script
            + "; complete -p spool >&2; COMP_WORDS=("
            + String.join(" ", words)
            + "); COMP_CWORD="
            + (words.length - 1)
            + "; function=$(complete -p spool | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
            + "; set +e; $function; printf '%s\\n' \"${COMPREPLY[@]}\"";
    Process bash =
        new ProcessBuilder(Programs.find("bash"), "--norc", "-c", line)
            .redirectError(temporary.resolve("err").toFile())
            .start();
    String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.onExit().join().exitValue()).isZero();
    assertThat(temporary.resolve("err")).content().contains("complete ").contains(" spool");
    return out;
  }

  @Test
  void bashCompletesCommandsAndOptions() throws IOException {
    assertThat(offered("spool", "veri").lines()).containsExactly("verify");
    assertThat(offered("spool", "co").lines()).contains("copy", "compact", "completion");
    assertThat(offered("spool", "verify", "--quar").lines()).containsExactly("--quarantine");
  }
}
