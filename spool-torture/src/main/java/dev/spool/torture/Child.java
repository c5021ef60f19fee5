package dev.spool.torture;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.torture.Line.What;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A child as its parent sees it: what it is told, what it says, and its death. Its lines are read
 * on a thread of their own until it is dead and the pipe is empty; a last line without an end was
 * cut off by the kill, and counts as not said.
 */
final class Child implements AutoCloseable {
  private final Process process;
  private final Thread reader;
  private final Strike strike;

  /** How often each kind of line was read. */
  @GuardedBy("this")
  private final Map<What, Long> counts = new EnumMap<>(What.class);

  /** The same when it was killed. */
  @GuardedBy("this")
  private @Nullable Map<What, Long> countsAtKill;

  @GuardedBy("this")
  private boolean ended;

  @GuardedBy("this")
  private boolean killed;

  @GuardedBy("this")
  private @Nullable Throwable failure;

  /** The child is killed when it has said this for that many times. */
  @GuardedBy("this")
  private @Nullable What last;

  @GuardedBy("this")
  private long lastCount;

  /** What comes right before the kill. */
  interface Strike {
    void run() throws IOException;
  }

  /**
   * Begins to read.
   *
   * @param lines takes each line, on the reading thread, until {@link #awaitDeath} returns
   * @param strike is run before it is killed, while it still works
   */
  Child(Process process, Consumer<Line> lines, Strike strike) {
    this.process = process;
    this.strike = strike;
    this.reader =
        new Thread(
            () -> {
              try {
                read(process.getInputStream(), lines);
              } catch (IOException | RuntimeException e) {
                fail(e);
              } finally {
                end();
              }
            },
            "torture-child-reader");
    reader.setDaemon(true);
    reader.start();
  }

  private void read(InputStream in, Consumer<Line> lines) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    byte[] buffer = new byte[64 << 10];
    for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
      for (int i = 0; i < length; i++) {
        if (buffer[i] != '\n') {
          line.write(buffer[i]);
          continue;
        }
        String text = line.toString(StandardCharsets.US_ASCII);
        line.reset();
        if (Line.isLine(text)) {
          Line parsed = Line.parse(text);
          lines.accept(parsed);
          count(parsed.what());
        }
      }
    }
  }

  private synchronized void count(What what) {
    long count = counts.merge(what, 1L, Long::sum);
    if (what == last && count == lastCount) {
      kill();
    }
    notifyAll();
  }

  private synchronized void fail(Throwable cause) {
    failure = cause;
  }

  /** Has nothing more to tell it, which lets it end. */
  void finish() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // it is dead
    }
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Returns how often it has said something of this kind. */
  synchronized long said(What what) {
    return counts.getOrDefault(what, 0L);
  }

  /** Tells whether it had said something of this kind when it was killed, as far as was read. */
  synchronized boolean saidBeforeItWasKilled(What what) {
    return countsAtKill != null && countsAtKill.containsKey(what);
  }

  /** Tells whether it was killed because of what it said. */
  synchronized boolean wasKilledByWhatItSaid() {
    return last != null && said(last) >= lastCount;
  }

  /** Tells it what to do; whether it is still there, is found by waiting for its answer. */
  void send(String text) {
    try {
      OutputStream in = process.getOutputStream();
      in.write(text.getBytes(StandardCharsets.US_ASCII));
      in.flush();
    } catch (IOException e) {
      // it is dead
    }
  }

  /**
   * Waits until it has said this.
   *
   * @return whether it has: else it has died, or takes longer than it may
   */
  synchronized boolean await(What what, Duration atMost) throws InterruptedException {
    await(() -> said(what) > 0, atMost);
    return said(what) > 0;
  }

  /**
   * Waits until a write was acknowledged, or this holds, which only a line may change.
   *
   * @return whether it is so: else it has died, or takes longer than it may
   */
  synchronized boolean awaitDone(BooleanSupplier or, Duration atMost) throws InterruptedException {
    await(() -> said(What.DONE) > 0 || or.getAsBoolean(), atMost);
    return said(What.DONE) > 0 || or.getAsBoolean();
  }

  /** Waits until it is dead; or not, if that takes longer. */
  synchronized void awaitEnd(Duration atMost) throws InterruptedException {
    await(() -> false, atMost);
  }

  @GuardedBy("this")
  private void await(BooleanSupplier said, Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (!said.getAsBoolean() && !ended) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        break;
      }
      wait(left);
    }
  }

  /** Has it killed right after it says this once more for that many times. */
  synchronized void killAfter(What what, long more) {
    lastCount = said(what) + more;
    last = what;
  }

  /** Kills it (SIGKILL); what it had said before is still read. */
  synchronized void kill() {
    if (countsAtKill == null) {
      countsAtKill = new EnumMap<>(counts);
    }
    if (!killed && process.isAlive()) {
      killed = true;
      try {
        strike.run();
      } catch (IOException e) {
        fail(e);
      }
    }
    // Not Process.destroyForcibly(), which closes the pipe too, and loses what is in it.
    boolean unused = process.toHandle().destroyForcibly();
  }

  /**
   * Waits until it is dead, and all that it had said was read.
   *
   * @return why it died, if that was not our doing; else null
   */
  @Nullable String awaitDeath(Duration atMost) throws InterruptedException {
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      kill();
      process.waitFor();
      reader.join();
      return "it did not end in " + atMost.toSeconds() + " s";
    }
    reader.join();
    synchronized (this) {
      if (failure != null) {
        throw new IllegalStateException("the child could not be heard, or struck", failure);
      }
      boolean closed = said(What.CLOSED) > 0 && process.exitValue() == 0;
      return killed || closed ? null : "it died by itself, with status " + process.exitValue();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
