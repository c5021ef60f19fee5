package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A file's name is bytes, and not always text: not where they are no characters, nor where the
 * JVM's locale has none for them, as that of many services.
 */
@EnabledOnOs(OS.LINUX)
class ForeignNamesTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"C", "C.UTF-8"})
  void filesWhoseNamesAreNoTextAreOneDamagedEntryEachAndNothingElse(String locale)
      throws Exception {
    SpoolId id = TestSpools.id();
    FileLayout layout = new FileLayout(dir.resolve("spool"));
    try (FileSpool spool = FileSpool.open(layout.root())) {
      for (int i = 0; i < 5; i++) {
        TestSpools.get(spool.store(TestSpools.id(), new byte[i]));
      }
    }
    for (Path directory : List.of(layout.data(), layout.directory(FileLayout.slot(id)))) {
      // An umlaut in UTF-8, and what is no UTF-8.
      run(
          Map.of(),
          "sh",
          "-c",
          "cd \"$1\" && touch \"$(printf 'x\\303\\244')\" \"$(printf 'x\\377')\" \"$(printf"
              + " 'x\\376')\"",
          "sh",
          directory.toString());
    }
    List<String> said =
        run(
            Map.of("LC_ALL", locale),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            ForeignNamesChild.class.getName(),
            layout.root().toString());
    assertThat(said)
        .contains(
            "enumerate: 5 messages, 6 damaged at 6 places, of which 6 are there",
            "list: 5 messages, 6 damaged at 6 places, of which 6 are there",
            "health: DEGRADED",
            "stores are refused: null");
  }

  private static List<String> run(Map<String, String> environment, String... command)
      throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(output).isZero();
      return output.lines().toList();
    } finally {
      process.destroyForcibly();
    }
  }
}
