package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A process at its limit of open files, which the kernel enforces. */
@EnabledOnOs(OS.LINUX)
class TooManyFilesTest {
  @TempDir private Path dir;

  @Test
  void shortageFailsCallsAndNeitherTheSpoolNorAMessage() throws Exception {
    List<String> said = run("PT15S");
    assertThat(said)
        .anyMatch(line -> line.matches("real health: DEGRADED .*Too many open files.*"))
        .anyMatch(line -> line.matches("real store: SpoolIOException NOT_APPLIED .*EMFILE.*"))
        .anyMatch(line -> line.matches("real remove: SpoolIOException UNKNOWN .*EMFILE.*"));
    assertNothingIsTakenForAbsent(said);
  }

  @Test
  void shortageThatLastsEndsTheHealthWithThatAsTheReasonUntilItIsOver() throws Exception {
    List<String> said = run("PT0S");
    assertThat(said)
        .anyMatch(line -> line.matches("real health: SHEDDING .*Too many open files.*"));
    assertNothingIsTakenForAbsent(said);
  }

  private static void assertNothingIsTakenForAbsent(List<String> said) {
    assertThat(said)
        .anyMatch(line -> line.matches("taken .*Too many open files.*"))
        .anyMatch(line -> line.matches("real load: SpoolIOException .*EMFILE.*"))
        .anyMatch(line -> line.matches("real enumerate: SpoolIOException .*EMFILE.*"))
        .contains(
            "real store afterwards: null",
            "real load afterwards: 3 bytes",
            "real remove afterwards: null",
            "real entries afterwards: 2");
  }

  private List<String> run(String errorLatchDuration) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    // The JVM would raise the limit to the hard one, which this one is too.
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -n 128; exec \"$@\"",
                "sh",
                java,
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                TooManyFilesChild.class.getName(),
                dir.toString(),
                errorLatchDuration)
            .redirectErrorStream(true)
            .start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(output).isZero();
      return output.lines().toList();
    } finally {
      process.destroyForcibly();
    }
  }
}
