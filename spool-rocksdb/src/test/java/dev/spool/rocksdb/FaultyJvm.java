package dev.spool.rocksdb;

import dev.spool.testkit.Required;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.opentest4j.AssertionFailedError;

/**
 * A JVM of its own whose file calls, RocksDB's and Java's, fail as they are told to: see {@code
 * faults.c}. It runs one thing after the other, and says how each has ended.
 */
final class FaultyJvm implements AutoCloseable {
  private static final String PASSED = "PASSED";
  private static final String FAILED = "FAILED";

  /** What is run there, by the words that it was asked for with. */
  interface Work {
    void run(String[] words) throws Exception;
  }

  private final Process process;
  private final BufferedReader said;
  private final Writer asked;

  private FaultyJvm(Process process) {
    this.process = process;
    said = process.inputReader(StandardCharsets.UTF_8);
    asked = process.outputWriter(StandardCharsets.UTF_8);
  }

  /**
   * Starts one.
   *
   * @param main whose {@code main} calls {@link #serve}
   * @param directory for what it takes
   */
  static FaultyJvm start(Class<?> main, Path directory) throws IOException, InterruptedException {
    Path library = compiled(directory);
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName());
    builder.environment().put("LD_PRELOAD", library.toString());
    builder.environment().put("SPOOL_TEST_FAULTS", directory.resolve("rules").toString());
    builder.environment().put("SPOOL_TEST_HITS", directory.resolve("hits").toString());
    return new FaultyJvm(builder.redirectErrorStream(true).start());
  }

  private static Path compiled(Path directory) throws IOException, InterruptedException {
    Required.require(
        System.getProperty("os.name").equals("Linux"),
        "file calls are made to fail by a library for Linux");
    Path source = directory.resolve("faults.c");
    Path library = directory.resolve("faults.so");
    try (InputStream text =
        Objects.requireNonNull(FaultyJvm.class.getResourceAsStream("faults.c"))) {
      Files.copy(text, source);
    }
    Process compiler;
    try {
      compiler =
          new ProcessBuilder(
                  "cc",
                  "-O1",
                  "-shared",
                  "-fPIC",
                  "-o",
                  library.toString(),
                  source.toString(),
                  "-ldl")
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      Required.require(false, "there is no C compiler (cc) to make file calls fail with");
      throw e;
    }
    String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (compiler.waitFor() != 0) {
      throw new AssertionError("faults.c cannot be compiled: " + output);
    }
    return library;
  }

  /** Has something done, and fails with all that was said if that fails. */
  void run(String... words) throws IOException {
    asked.write(String.join(" ", words) + "\n");
    asked.flush();
    List<String> output = new ArrayList<>();
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.equals(PASSED)) {
        return;
      }
      if (line.equals(FAILED)) {
        throw new AssertionFailedError(String.join("\n", output));
      }
      output.add(line);
    }
    throw new AssertionFailedError("the JVM has died; it said\n" + String.join("\n", output));
  }

  @Override
  public void close() throws IOException {
    asked.close();
    process.destroyForcibly().onExit().join();
  }

  /** In the JVM that was started: does what it is asked to until nobody asks any more. */
  static void serve(Work work) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      try {
        work.run(line.split(" ", -1));
        System.out.println(PASSED);
      } catch (Throwable t) {
        t.printStackTrace(System.out);
        System.out.println(FAILED);
      } finally {
        clear();
      }
    }
  }

  /**
   * In the JVM that was started: file calls fail from now on; a rule is {@code CALL PART ERRNO}. If
   * that is 0 they are held instead, for as long as the rule stands.
   */
  static void fail(String... rules) throws IOException {
    Files.deleteIfExists(path("SPOOL_TEST_HITS"));
    Path made = path("SPOOL_TEST_FAULTS");
    Path fresh = made.resolveSibling("rules.new");
    Files.write(fresh, List.of(rules));
    Files.move(fresh, made, StandardCopyOption.ATOMIC_MOVE);
  }

  /** In the JVM that was started: no call fails any more. */
  static void clear() throws IOException {
    Files.deleteIfExists(path("SPOOL_TEST_FAULTS"));
  }

  /**
   * In the JVM that was started: tells which calls have failed or were held since the rules were
   * made.
   */
  static List<String> hits() {
    try {
      Path hits = path("SPOOL_TEST_HITS");
      return Files.exists(hits) ? Files.readAllLines(hits) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path path(String variable) {
    return Path.of(Objects.requireNonNull(System.getenv(variable)));
  }
}
