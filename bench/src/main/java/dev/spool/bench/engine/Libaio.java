package dev.spool.bench.engine;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The two native libraries of Artemis' journal: libaio, which is the machine's or was put into
 * {@code .tools/lib} by {@code .ci/tools}, and its own, which is in its jar and wanted on {@code
 * java.library.path}.
 *
 * <p>Where they are not found Artemis would go on without asynchronous I/O, and say so to nobody.
 */
final class Libaio implements JvmNeeds {
  private static final String FILE = "libaio.so.1";
  private static final String ARTEMIS_FILE = "libartemis-native-64.so";
  private static final String ARTEMIS_RESOURCE = "/lib/linux-x86_64/" + ARTEMIS_FILE;
  private static final String SEARCH_PATH = "LD_LIBRARY_PATH";
  private static final List<Path> SYSTEM =
      List.of(
          Path.of("/lib/x86_64-linux-gnu"),
          Path.of("/usr/lib/x86_64-linux-gnu"),
          Path.of("/lib64"),
          Path.of("/usr/lib64"),
          Path.of("/usr/lib"));

  @Override
  public @Nullable String missing() {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").equals("amd64")) {
      return "Artemis has its native library for Linux on x86-64 only";
    }
    return directory() == null ? "libaio not found, run .ci/tools" : null;
  }

  @Override
  public List<String> options(Path scratch) throws IOException {
    Files.createDirectories(scratch);
    try (InputStream library = Libaio.class.getResourceAsStream(ARTEMIS_RESOURCE)) {
      if (library == null) {
        throw new IOException("not on the class path: " + ARTEMIS_RESOURCE);
      }
      Files.copy(library, scratch.resolve(ARTEMIS_FILE), StandardCopyOption.REPLACE_EXISTING);
    }
    return List.of("-Djava.library.path=" + scratch.toAbsolutePath());
  }

  @Override
  public Map<String, String> environment() {
    Path directory = directory();
    if (directory == null || SYSTEM.contains(directory)) {
      return Map.of();
    }
    String inherited = System.getenv(SEARCH_PATH);
    String path =
        inherited == null || inherited.isEmpty()
            ? directory.toString()
            : directory + File.pathSeparator + inherited;
    return Map.of(SEARCH_PATH, path);
  }

  /** Returns the folder that holds libaio. */
  private static @Nullable Path directory() {
    List<Path> places = new ArrayList<>(SYSTEM);
    String inherited = System.getenv(SEARCH_PATH);
    if (inherited != null && !inherited.isEmpty()) {
      for (String each : inherited.split(File.pathSeparator, -1)) {
        places.add(Path.of(each));
      }
    }
    tools(Path.of("").toAbsolutePath(), places);
    tools(code(), places);
    return places.stream()
        .filter(place -> Files.exists(place.resolve(FILE)))
        .findFirst()
        .orElse(null);
  }

  /** Adds where {@code .ci/tools} puts it, should this be somewhere in our sources. */
  private static void tools(Path start, List<Path> places) {
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      places.add(folder.resolve(".tools").resolve("lib"));
    }
  }

  private static Path code() {
    try {
      return Path.of(Libaio.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
