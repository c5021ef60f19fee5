package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs beside the JDK that a test needs, from the PATH or from what {@code .ci/tools} made. */
final class Programs {
  private static final Path TOOLS = Path.of("../.tools/bin");

  private Programs() {}

  /**
   * Returns the program. Without it the test is skipped; or fails, if {@code
   * -Dspool.tools.required=true} says that all of them are there.
   */
  static String find(String program) {
    Optional<Path> found =
        Stream.concat(
                Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(Path::of),
                Stream.of(TOOLS))
            .map(directory -> directory.resolve(program).toAbsolutePath().normalize())
            .filter(Files::isExecutable)
            .findFirst();
    String missing = program + " is not here: run .ci/tools, or install it";
    if (Boolean.getBoolean("spool.tools.required")) {
      assertThat(found).as(missing).isPresent();
    }
    assumeTrue(found.isPresent(), missing);
    return found.orElseThrow().toString();
  }
}
