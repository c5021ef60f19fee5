package dev.spool.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Runs a program of the system to its end. */
final class Command {
  private Command() {}

  /**
   * Returns all that it said.
   *
   * @throws IOException if it cannot be run, or ends with another status than 0
   */
  static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + said);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return said;
  }

  /** Returns all that it said, or why it cannot be run. */
  static String tried(String... command) {
    try {
      return run(command);
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
