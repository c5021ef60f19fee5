package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.torture.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** A process that does what it is told, line by line, and answers each. Closing kills it. */
final class AnsweringChild implements AutoCloseable {
  private static final long LIMIT_MINUTES = 5;
  private static final Executor LATE =
      CompletableFuture.delayedExecutor(LIMIT_MINUTES, TimeUnit.MINUTES);

  private final Process process;
  private final BufferedReader answers;

  /**
   * Starts it.
   *
   * @param main its class
   * @param environment variables that it has beside those of this process
   * @param log the file that its standard error is appended to
   */
  AnsweringChild(Class<?> main, Map<String, String> environment, Path log) throws IOException {
    process =
        ChildJvm.start(
            main,
            List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
            List.of(),
            environment,
            log);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  void say(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Returns its answer; it is killed, and has none, if it takes longer than any answer may. */
  String answer() throws IOException {
    CompletableFuture<?> limit = CompletableFuture.runAsync(process::destroyForcibly, LATE);
    String line = answers.readLine();
    boolean unused = limit.cancel(false);
    assertThat(line).as("an answer of a process, within %s minutes", LIMIT_MINUTES).isNotNull();
    return line;
  }

  /** Waits for its end, which it is told by the end of its input. */
  void finish() throws IOException {
    process.getOutputStream().close();
    assertThat(answers.readLine()).as("what it says at last").isNull();
    assertThat(process.onExit().join().exitValue()).isZero();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
