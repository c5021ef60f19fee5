package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.torture.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A process that opens spools when it is told to: an {@link OpeningChild}. Closing kills it. */
final class Opener implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;

  /** Starts it; what it writes to its standard error goes to {@code log}. */
  Opener(Path log) throws IOException {
    process =
        ChildJvm.start(
            OpeningChild.class,
            List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
            List.of(),
            log);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  void say(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  String answer() throws IOException {
    String line = answers.readLine();
    assertThat(line).as("an answer of a process").isNotNull();
    return line;
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
