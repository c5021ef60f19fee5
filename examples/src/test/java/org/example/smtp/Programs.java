package org.example.smtp;

import dev.spool.testkit.Required;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the programs that drive the receiver from outside. */
final class Programs {
  private Programs() {}

  /** Returns the program, from the PATH or from .tools/bin; it is {@link Required}. */
  static String find(String program) {
    Path root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.exists(root.resolve(".ci/tools"))) {
      root = root.getParent();
    }
    @Nullable String found =
        Stream.concat(
                Stream.of(System.getenv("PATH").split(File.pathSeparator)),
                Stream.of(root.resolve(".tools/bin").toString()))
            .map(directory -> Path.of(directory, program))
            .filter(Files::isExecutable)
            .map(Path::toString)
            .findFirst()
            .orElse(null);
    Required.require(found != null, program + " is not installed: run .ci/tools");
    return String.valueOf(found);
  }
}
