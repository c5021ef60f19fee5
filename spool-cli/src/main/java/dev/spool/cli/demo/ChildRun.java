package dev.spool.cli.demo;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what one child says until it is dead and its pipe is empty. A last line without an end was
 * cut off by the kill, and counts as not said.
 */
final class ChildRun {
  private final Process process;
  private final Thread reader;

  @GuardedBy("this")
  private boolean reached;

  @GuardedBy("this")
  private boolean ended;

  @GuardedBy("this")
  private @Nullable Throwable failure;

  /**
   * Begins to read.
   *
   * @param process the child
   * @param awaited the kind of line that {@link #await} waits for
   * @param lines takes each line, on the reading thread; nothing else may touch what it writes to
   *     until {@link #kill} has returned
   */
  ChildRun(Process process, AckLine.Kind awaited, Consumer<AckLine> lines) {
    this.process = process;
    this.reader =
        new Thread(
            () -> {
              try {
                read(process.getInputStream(), awaited, lines);
              } catch (IOException | RuntimeException e) {
                fail(e);
              } finally {
                end();
              }
            },
            "demo-child-reader");
    reader.setDaemon(true);
    reader.start();
  }

  private void read(InputStream in, AckLine.Kind awaited, Consumer<AckLine> lines)
      throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    byte[] buffer = new byte[64 << 10];
    for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
      for (int i = 0; i < length; i++) {
        if (buffer[i] != '\n') {
          line.write(buffer[i]);
          continue;
        }
        AckLine parsed = AckLine.parse(line.toString(StandardCharsets.US_ASCII));
        line.reset();
        lines.accept(parsed);
        if (parsed.kind() == awaited) {
          reach();
        }
      }
    }
  }

  private synchronized void reach() {
    reached = true;
    notifyAll();
  }

  private synchronized void fail(Throwable cause) {
    failure = cause;
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  /**
   * Waits for the awaited line.
   *
   * @throws DemoFailure if the child ends before, or takes longer than a minute
   */
  synchronized void await() throws InterruptedException {
    long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (!reached && !ended) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        break;
      }
      wait(left);
    }
    if (!reached) {
      throw new DemoFailure("the child did not get to work");
    }
  }

  /**
   * Kills the child (SIGKILL), and reads what it had said before.
   *
   * @throws DemoFailure if it had ended by itself, or its lines could not be read
   */
  void kill() throws InterruptedException {
    boolean alive = process.isAlive();
    // Not Process.destroyForcibly(), which closes the pipe too, and loses what is in it.
    boolean unused = process.toHandle().destroyForcibly();
    process.waitFor();
    reader.join();
    synchronized (this) {
      if (failure != null) {
        throw new DemoFailure("the child's lines could not be read: " + failure);
      }
    }
    if (!alive) {
      throw new DemoFailure("the child ended by itself, with status " + process.exitValue());
    }
  }
}
