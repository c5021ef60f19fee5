package dev.spool.cli;

import dev.spool.testkit.Required;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs beside the JDK that a test needs, from the PATH or from what {@code .ci/tools} made. */
final class Programs {
  private static final Path TOOLS = Path.of("../.tools/bin");

  private Programs() {}

  /** Returns the program, which is {@link Required}. */
  static String find(String program) {
    Optional<Path> found =
        Stream.concat(
                Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(Path::of),
                Stream.of(TOOLS))
            .map(directory -> directory.resolve(program).toAbsolutePath().normalize())
            .filter(Files::isExecutable)
            .findFirst();
    Required.require(found.isPresent(), program + " is not here: run .ci/tools, or install it");
    return found.orElseThrow().toString();
  }
}
