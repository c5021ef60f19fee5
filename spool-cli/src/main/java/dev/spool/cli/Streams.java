package dev.spool.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where a command reads and writes: the streams of the process, or a test's.
 *
 * @param in standard input
 * @param out standard output: data only
 * @param err standard error: messages and progress
 * @param terminal whether {@code err} is a terminal, on which a progress bar can be drawn
 * @param betweenLines how long from one line of progress to the next, where there is no bar
 */
public record Streams(
    InputStream in, PrintStream out, PrintStream err, boolean terminal, Duration betweenLines) {
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

  /** Makes streams that show progress every ten seconds. */
  Streams(InputStream in, PrintStream out, PrintStream err, boolean terminal) {
    this(in, out, err, terminal, BETWEEN_LINES);
  }

  /** Standard output, of which the reader may leave. */
  private static final class Output extends PrintStream {
    private final ReaderGone pipe;

    Output(ReaderGone pipe) {
      super(pipe, true, StandardCharsets.UTF_8);
      this.pipe = pipe;
    }
  }

  /** Returns the streams of this process. */
  static Streams ofProcess() {
    return new Streams(
        System.in,
        new Output(new ReaderGone(new FileOutputStream(FileDescriptor.out), Streams::outIsPipe)),
        utf8(System.err),
        errIsTerminal());
  }

  /** Tells whether what is written to {@code out} still arrives somewhere. */
  boolean outIsRead() {
    return !out.checkError() && !(out instanceof Output output && output.pipe.isGone());
  }

  /** As {@link #ofProcess}, to a test's pipe. */
  static PrintStream to(ReaderGone pipe) {
    return new Output(pipe);
  }

  /** The JDK does not know this; Linux does. */
  private static boolean outIsPipe() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return target.startsWith("pipe:") || target.startsWith("socket:");
    } catch (IOException | UnsupportedOperationException e) {
      return false; // not Linux: that nobody reads is a failure like any other
    }
  }

  private static PrintStream utf8(OutputStream stream) {
    return new PrintStream(stream, true, StandardCharsets.UTF_8);
  }

  /** The JDK does not know this of standard error; Linux does. */
  private static boolean errIsTerminal() {
    String term = System.getenv("TERM");
    if (term == null || term.equals("dumb")) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false; // not Linux: plain lines do
    }
  }
}
