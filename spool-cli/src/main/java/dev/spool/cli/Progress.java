package dev.spool.cli;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Shows on standard error that long work goes on: a bar on a terminal, elsewhere a plain line every
 * ten seconds. Safe for use by any thread.
 */
final class Progress implements AutoCloseable {
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

  private final PrintStream err;
  private final String what;
  private final @Nullable ProgressBar bar;

  @GuardedBy("this")
  private long messages;

  @GuardedBy("this")
  private long bytes;

  @GuardedBy("this")
  private long lastLine = System.nanoTime();

  private Progress(PrintStream err, String what, @Nullable ProgressBar bar) {
    this.err = err;
    this.what = what;
    this.bar = bar;
  }

  /**
   * Begins.
   *
   * @param what is done, as a participle: {@code exported}
   */
  static Progress start(Streams streams, String what) {
    ProgressBar bar = null;
    if (streams.terminal()) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(what)
              .setInitialMax(-1)
              .setUnit(" messages", 1)
              .setUpdateIntervalMillis(200)
              .showSpeed()
              .setConsumer(new ConsoleProgressBarConsumer(streams.err()))
              .build();
    }
    return new Progress(streams.err(), what, bar);
  }

  /** Counts a message of that many bytes. */
  synchronized void add(long length) {
    messages++;
    bytes += length;
    if (bar != null) {
      bar.step();
      bar.setExtraMessage(Text.bytes(bytes));
    } else if (System.nanoTime() - lastLine > BETWEEN_LINES.toNanos()) {
      lastLine = System.nanoTime();
      err.println(what + " " + Text.messages(messages) + ", " + Text.bytes(bytes) + " so far");
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
