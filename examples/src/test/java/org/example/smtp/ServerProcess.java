package org.example.smtp;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@link SmtpMain} in a JVM of its own. Closing kills it. */
final class ServerProcess implements AutoCloseable {
  private final Process process;
  private final InetSocketAddress address;

  private ServerProcess(Process process, InetSocketAddress address) {
    this.process = process;
    this.address = address;
  }

  /** Starts it on a free port, and returns when it listens. */
  static ServerProcess start(String spool, Path maildir, Path log) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            System.getProperty("java.class.path"),
            SmtpMain.class.getName(),
            spool,
            maildir.toString(),
            "0"));
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    String line;
    while ((line = output.readLine()) != null) {
      if (line.startsWith("listening on ")) {
        int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
        return new ServerProcess(
            process, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      }
    }
    throw new AssertionError("the server has not started; see " + log);
  }

  InetSocketAddress address() {
    return address;
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    awaitEnd();
  }

  /** SIGTERM; returns the exit code. */
  int terminate() throws InterruptedException {
    process.destroy();
    awaitEnd();
    return process.exitValue();
  }

  private void awaitEnd() throws InterruptedException {
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      throw new AssertionError("the server does not end");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
