package dev.spool.bench.run;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A fresh JVM like this one, for something to be measured in.
 *
 * @param heap the limit of its heap: {@code 2g}
 * @param options further options
 */
public record Jvm(String heap, List<String> options) {

  /** A process that did not do what it was asked. */
  public static final class Failure extends Exception {
    private static final long serialVersionUID = 1;

    Failure(String message) {
      super(message);
    }
  }

  /**
   * Runs a main class until it is done.
   *
   * @param log the file that its output goes to
   * @throws Failure if it did not end well, or not in time
   */
  public void run(
      WorkDirectory work, Class<?> main, List<String> arguments, Path log, Duration limit)
      throws IOException, InterruptedException, Failure {
    Process process =
        work.start(
            new ProcessBuilder(command(main, arguments))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile()));
    boolean done = process.waitFor(limit.toSeconds(), TimeUnit.SECONDS);
    if (!done) {
      process.destroyForcibly().waitFor();
    }
    work.check();
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
    // What a peer needs to be opened up is named in this JVM's own options.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-") || option.startsWith("--enable-native"))
        .forEach(command::add);
    String libraries = System.getProperty("java.library.path");
    command.add("-Djava.library.path=" + libraries);
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
