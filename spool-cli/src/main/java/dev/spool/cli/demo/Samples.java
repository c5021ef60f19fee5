package dev.spool.cli.demo;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;

/** Finds the sample mail of the source tree that this command was built in. */
final class Samples {
  private static final Path SAMPLES = Path.of("samples", "mail");

  private Samples() {}

  /** Returns its directory, or null if there is none. */
  static @Nullable Path find() {
    CodeSource source = Samples.class.getProtectionDomain().getCodeSource();
    if (source != null) {
      try {
        for (Path at = Path.of(source.getLocation().toURI()); at != null; at = at.getParent()) {
          if (Files.isDirectory(at.resolve(SAMPLES))) {
            return at.resolve(SAMPLES);
          }
        }
      } catch (URISyntaxException | IllegalArgumentException e) {
        return null; // not run from files
      }
    }
    return null;
  }
}
