package dev.spool.cli;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The command in a JVM of its own, with a small heap, that tells its progress as often as a test
 * likes: so it can be killed when so much is done.
 */
final class CommandChild implements AutoCloseable {
  private final Process process;
  private final BufferedReader lines;
  private final List<String> said = new ArrayList<>();
  private long lineCount;

  private CommandChild(Process process) {
    this.process = process;
    this.lines = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * Starts it.
   *
   * @param heap what {@code -Xmx} takes: {@code 32m}
   * @param betweenLines how long from one line of progress to the next
   */
  static CommandChild start(String heap, Duration betweenLines, Object... words)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx" + heap, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(CommandChild.class.getName());
    command.add(betweenLines.toString());
    for (Object word : words) {
      command.add(word.toString());
    }
    return new CommandChild(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /** Runs the command; in the child. */
  public static void main(String[] args) {
    PrintStream out = stream(FileDescriptor.out);
    Duration betweenLines = Duration.parse(args[0]);
    Streams streams = new Streams(InputStream.nullInputStream(), out, out, false, betweenLines);
    String[] words = Arrays.copyOfRange(args, 1, args.length);
    System.exit(Main.commandLine(streams).execute(words));
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /**
   * Waits until the child says that so many messages are done, and kills it then, as SIGKILL does.
   *
   * @param what is done: {@code copied}
   * @return how many it had said
   * @throws AssertionError if the child ends before
   */
  long killAt(String what, long messages) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      keep(line);
      if (line.startsWith(what + " ")) {
        long done = Long.parseLong(line.split(" ", 3)[1].replace(",", ""));
        if (done >= messages) {
          process.destroyForcibly().onExit().join();
          return done;
        }
      }
    }
    throw new AssertionError("it ended before " + messages + " were " + what + ": " + said);
  }

  /** Waits for the end, and returns the exit status. */
  int finish() throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      keep(line);
    }
    return process.onExit().join().exitValue();
  }

  /** Of a command that lists a million messages only the first and the last lines are kept. */
  private void keep(String line) {
    lineCount++;
    if (said.size() > 100) {
      said.remove(50);
    }
    said.add(line);
  }

  /** Returns how many lines it has said. */
  long lineCount() {
    return lineCount;
  }

  /** Returns the first and the last of what it has said. */
  String said() {
    return String.join("\n", said);
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
