package dev.spool.cli;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Shows on standard error that long work goes on, how fast, and for how long still where the total
 * is known: a bar on a terminal, elsewhere a plain line every ten seconds. Safe for use by any
 * thread.
 */
final class Progress implements AutoCloseable {
  /** The total of work of which nobody knows how much it is. */
  static final long UNKNOWN = -1;

  private final PrintStream err;
  private final String what;
  private final long total;
  private final long betweenNanos;
  private final LongSupplier nanoTime;
  private final @Nullable ProgressBar bar;

  @GuardedBy("this")
  private long messages;

  @GuardedBy("this")
  private long bytes;

  @GuardedBy("this")
  private long lastLine;

  @GuardedBy("this")
  private long messagesAtLastLine;

  private Progress(
      Streams streams, String what, long total, LongSupplier nanoTime, @Nullable ProgressBar bar) {
    this.err = streams.err();
    this.what = what;
    this.total = total;
    this.betweenNanos = streams.betweenLines().toNanos();
    this.nanoTime = nanoTime;
    this.bar = bar;
    this.lastLine = nanoTime.getAsLong();
  }

  /**
   * Begins work of which nobody knows how much it is.
   *
   * @param what is done, as a participle: {@code exported}
   */
  static Progress start(Streams streams, String what) {
    return start(streams, what, UNKNOWN);
  }

  /**
   * Begins.
   *
   * @param what is done, as a participle: {@code exported}
   * @param total the messages in all, or {@link #UNKNOWN}
   */
  static Progress start(Streams streams, String what, long total) {
    return start(streams, what, total, System::nanoTime);
  }

  /**
   * Begins, measuring time by a clock.
   *
   * @param nanoTime tells the time in nanoseconds, with any origin
   */
  static Progress start(Streams streams, String what, long total, LongSupplier nanoTime) {
    ProgressBar bar = null;
    if (streams.terminal()) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(what)
              .setInitialMax(total)
              .setUnit(" messages", 1)
              .setUpdateIntervalMillis(200)
              .showSpeed()
              .setConsumer(new ConsoleProgressBarConsumer(streams.err()))
              .build();
    }
    return new Progress(streams, what, total, nanoTime, bar);
  }

  /** Counts a message of that many bytes. */
  synchronized void add(long length) {
    messages++;
    bytes += length;
    if (bar != null) {
      bar.step();
      bar.setExtraMessage(Text.bytes(bytes));
      return;
    }
    long now = nanoTime.getAsLong();
    if (now - lastLine > betweenNanos) {
      err.println(line(messages - messagesAtLastLine, now - lastLine));
      lastLine = now;
      messagesAtLastLine = messages;
    }
  }

  /** The rate is that since the last line: what was there already goes by faster than the rest. */
  @GuardedBy("this")
  private String line(long lately, long nanos) {
    double perSecond = lately * 1e9 / nanos;
    StringBuilder line = new StringBuilder(what).append(' ');
    if (total >= 0) {
      line.append(Text.count(messages)).append(" of ").append(Text.messages(total));
    } else {
      line.append(Text.messages(messages));
    }
    line.append(", ").append(Text.bytes(bytes)).append(" so far, ");
    line.append(Text.count(Math.round(perSecond))).append("/s");
    if (total >= messages && perSecond > 0) {
      long seconds = (long) Math.ceil((total - messages) / perSecond);
      line.append(", ").append(Text.age(Duration.ofSeconds(seconds))).append(" to go");
    }
    return line.toString();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
