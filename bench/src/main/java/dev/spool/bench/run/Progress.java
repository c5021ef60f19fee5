package dev.spool.bench.run;

import java.time.Duration;
import java.util.Locale;

/** Says on the terminal what was measured, and how long the rest will take at that pace. */
final class Progress {
  private final long start = System.nanoTime();
  private final int steps;
  private int done;

  Progress(int steps) {
    this.steps = steps;
  }

  void say(String row, String engine, String outcome) {
    System.err.printf(
        Locale.ROOT, "[%d/%d%s] %s, %s: %s%n", done + 1, steps, left(), row, engine, outcome);
  }

  void done() {
    done++;
  }

  private String left() {
    if (done == 0) {
      return "";
    }
    Duration each = Duration.ofNanos((System.nanoTime() - start) / (done + 1));
    Duration left = each.multipliedBy(steps - done - 1);
    return left.toMinutes() > 1
        ? ", %d min left".formatted(left.toMinutes())
        : ", %d s left".formatted(left.toSeconds());
  }
}
