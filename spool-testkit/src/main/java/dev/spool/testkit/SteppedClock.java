package dev.spool.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The wall clock of other processes, which steps when it is told to, for native libraries too; time
 * that only goes on, as {@code System.nanoTime} tells it, is left alone. It is Debian's
 * libfaketime, which answers a process' questions in the kernel's place.
 *
 * <p>It is {@link Required}, and looked for beside the directories of the {@code PATH}: in {@code
 * lib} and, as packages have it, in {@code faketime} folders below.
 */
final class SteppedClock {
  private static final String LIBRARY = "libfaketimeMT.so.1";

  private final Path library;
  private final Path setting;

  private SteppedClock(Path library, Path setting) {
    this.library = library;
    this.setting = setting;
  }

  /**
   * Returns a clock that is right.
   *
   * @param work where its setting is kept
   */
  static SteppedClock in(Path work) throws IOException {
    Optional<Path> library = library();
    Required.require(library.isPresent(), "there is no " + LIBRARY + ": run .ci/tools");
    SteppedClock clock = new SteppedClock(library.orElseThrow(), work.resolve("clock"));
    clock.set(Duration.ZERO);
    return clock;
  }

  private static Optional<Path> library() throws IOException {
    String path = System.getenv("PATH");
    if (path != null) {
      for (String directory : path.split(File.pathSeparator, -1)) {
        Path found = below(Path.of(directory, "..", "lib").normalize());
        if (found != null) {
          return Optional.of(found);
        }
      }
    }
    return Optional.empty();
  }

  private static @Nullable Path below(Path lib) throws IOException {
    if (Files.exists(lib.resolve(LIBRARY))) {
      return lib.resolve(LIBRARY).toAbsolutePath();
    }
    if (Files.isDirectory(lib)) {
      try (DirectoryStream<Path> folders = Files.newDirectoryStream(lib, Files::isDirectory)) {
        for (Path folder : folders) {
          Path found = folder.resolve("faketime").resolve(LIBRARY);
          if (Files.exists(found)) {
            return found.toAbsolutePath();
          }
        }
      }
    }
    return null;
  }

  /** Returns what a process needs in its environment to have this clock. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD",
        library.toString(),
        "FAKETIME_TIMESTAMP_FILE",
        setting.toString(),
        "FAKETIME_NO_CACHE",
        "1",
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1",
        "FAKETIME_FORCE_MONOTONIC_FIX", // else no wait of a JVM lasts
        "0",
        "NO_FAKE_STAT",
        "1");
  }

  /** Steps to so much before or after the right time. */
  void set(Duration offset) throws IOException {
    Path next = setting.resolveSibling(setting.getFileName() + ".next");
    Files.writeString(next, (offset.isNegative() ? "" : "+") + offset.toSeconds() + "\n");
    Files.move(next, setting, StandardCopyOption.ATOMIC_MOVE);
  }
}
