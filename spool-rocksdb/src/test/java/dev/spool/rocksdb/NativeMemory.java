package dev.spool.rocksdb;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures what a JVM has allocated outside its heap, as Linux sees it: in a process of its own,
 * whose heap is resident from the start and does not grow.
 */
final class NativeMemory {
  private static final Pattern ANONYMOUS = Pattern.compile("RssAnon:\\s+(\\d+) kB");

  private NativeMemory() {}

  /** Returns the memory of this process that is no file's, in bytes. */
  static long resident() {
    try {
      Matcher line = ANONYMOUS.matcher(Files.readString(Path.of("/proc/self/status")));
      if (!line.find()) {
        throw new AssertionError("Linux does not tell");
      }
      return Long.parseLong(line.group(1)) << 10;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Runs a class in a process with a heap of that many MiB; returns what it has printed. */
  static String run(Class<?> main, int heapMib, String... arguments)
      throws IOException, InterruptedException {
    return run(Map.of(), List.of(), main, heapMib, arguments);
  }

  /**
   * The same with one arena of the C library: what it keeps for each of several, of which there are
   * more where there are more threads, is memory that nobody has allocated. And without the JVM's
   * compilers, which take and give back memory of their own.
   */
  static String runWithOneArena(Class<?> main, int heapMib, String... arguments)
      throws IOException, InterruptedException {
    return run(Map.of("MALLOC_ARENA_MAX", "1"), List.of("-Xint"), main, heapMib, arguments);
  }

  private static String run(
      Map<String, String> environment,
      List<String> options,
      Class<?> main,
      int heapMib,
      String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:+UseSerialGC",
                "-XX:+AlwaysPreTouch",
                "-Xms" + heapMib + "m",
                "-Xmx" + heapMib + "m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(1, options);
    command.addAll(List.of(arguments));
    ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true);
    process.environment().putAll(environment);
    Process child = process.start();
    try {
      String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (child.waitFor() != 0) {
        throw new AssertionError(said);
      }
      return said;
    } finally {
      child.destroyForcibly();
    }
  }

  /** Returns the figure that follows a name in what was printed. */
  static long figure(String said, String name) {
    Matcher figure = Pattern.compile(Pattern.quote(name) + " (-?\\d+)").matcher(said);
    if (!figure.find()) {
      throw new AssertionError("no " + name + " in: " + said);
    }
    return Long.parseLong(figure.group(1));
  }
}
