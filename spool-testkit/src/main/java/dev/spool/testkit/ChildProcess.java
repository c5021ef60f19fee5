package dev.spool.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link ContractChild} in a JVM of its own, with this one's class path. Closing kills it. */
final class ChildProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  /**
   * What the child said beside what was waited for, to be shown when it fails: errors are among its
   * output.
   */
  private final List<String> said = new ArrayList<>();

  private ChildProcess(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  static ChildProcess start(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
    command.add(ContractChild.class.getName());
    command.addAll(List.of(args));
    return new ChildProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  long pid() {
    return process.pid();
  }

  /**
   * Waits for the next line that begins with one of these words, and returns it.
   *
   * @throws AssertionError if the child ends without one
   */
  String await(String... words) throws IOException {
    String line;
    while ((line = output.readLine()) != null) {
      for (String word : words) {
        if (line.startsWith(word + " ") || line.equals(word)) {
          return line;
        }
      }
      said.add(line);
    }
    throw new AssertionError("the child ended without " + List.of(words) + "; it said " + said);
  }

  /** Ends the child's standard input, which lets it close its spool, and waits for its end. */
  void finish() throws IOException {
    process.getOutputStream().close();
    await("CLOSED");
    awaitEnd();
  }

  /**
   * Kills the child as a power switch kills a process, not the machine, and returns what it had
   * said last.
   */
  List<String> kill() throws IOException {
    process.toHandle().destroyForcibly(); // Process.destroyForcibly() would throw the rest away
    List<String> rest = new ArrayList<>();
    String line;
    while ((line = output.readLine()) != null) {
      rest.add(line);
    }
    awaitEnd();
    return rest;
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(Check.LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("the child does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for the child", e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    awaitEnd();
  }
}
