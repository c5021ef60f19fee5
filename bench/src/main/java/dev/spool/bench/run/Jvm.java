package dev.spool.bench.run;

import dev.spool.bench.engine.JvmNeeds;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A fresh JVM like this one, for something to be measured in.
 *
 * @param heap the limit of its heap: {@code 2g}
 * @param options further options
 * @param environment what is set in its environment, beside what this JVM has
 */
public record Jvm(String heap, List<String> options, Map<String, String> environment) {
  /** How a JVM ends that is told to: by SIGHUP, SIGINT or SIGTERM. */
  private static final Set<Integer> STOPPED = Set.of(129, 130, 143);

  private static final Duration HEARING = Duration.ofSeconds(5);

  /** Makes one in the environment that this JVM has. */
  public Jvm(String heap, List<String> options) {
    this(heap, options, Map.of());
  }

  /** A process that did not do what it was asked. */
  public static final class Failure extends Exception {
    private static final long serialVersionUID = 1;

    Failure(String message) {
      super(message);
    }
  }

  /**
   * Returns this with what a store needs, which what was asked for comes after.
   *
   * @param scratch a directory for the files that it needs, which outlives the JVM
   * @throws Failure if the store cannot run on this machine
   */
  public Jvm with(JvmNeeds needs, Path scratch) throws IOException, Failure {
    String missing = needs.missing();
    if (missing != null) {
      throw new Failure("cannot run: " + missing);
    }
    List<String> all = new ArrayList<>(needs.options(scratch));
    all.addAll(options);
    return new Jvm(heap, all, needs.environment());
  }

  /**
   * Runs a main class until it is done. Its standard input ends when this process does, however
   * that is: see {@link Starter}.
   *
   * @param log the file that its output goes to
   * @throws Failure if it did not end well, or not in time
   */
  public void run(
      WorkDirectory work, Class<?> main, List<String> arguments, Path log, Duration limit)
      throws IOException, InterruptedException, Failure {
    ProcessBuilder builder =
        new ProcessBuilder(command(main, arguments))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    Process process = work.start(builder);
    boolean done = process.waitFor(limit.toSeconds(), TimeUnit.SECONDS);
    if (!done) {
      process.destroyForcibly().waitFor();
    }
    work.check();
    if (done && STOPPED.contains(process.exitValue())) {
      // A terminal tells all its processes at once; this one may hear of it last.
      work.awaitStop(HEARING);
    }
    if (!done) {
      throw new Failure("not done after %d s".formatted(limit.toSeconds()));
    }
    if (process.exitValue() != 0) {
      throw new Failure("exit %d: %s".formatted(process.exitValue(), reason(log)));
    }
  }

  private List<String> command(Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.add("-cp");
    command.add(
        System.getProperty("java.class.path")
            .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator));
    command.add(main.getName());
    command.addAll(arguments);
    return command;
  }

  /** What went wrong: what was thrown, or else what was said first. */
  private static String reason(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      List<String> said = lines.filter(line -> !line.isBlank()).toList();
      List<String> thrown =
          said.stream()
              .filter(line -> line.startsWith("Exception in") || line.startsWith("Caused by"))
              .toList();
      return String.join(" | ", (thrown.isEmpty() ? said : thrown).stream().limit(6).toList());
    }
  }
}
