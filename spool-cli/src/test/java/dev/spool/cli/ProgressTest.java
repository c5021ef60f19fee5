package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines of progress: how much, how fast, how long still. */
final class ProgressTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private long seconds;

  private Progress progress(long total) {
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    Streams streams =
        new Streams(InputStream.nullInputStream(), stream, stream, false, Duration.ofSeconds(10));
    return Progress.start(streams, "copied", total, () -> Duration.ofSeconds(seconds).toNanos());
  }

  private List<String> lines() {
    return err.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void tellsTheRateSinceTheLastLineAndWhatIsToGo() {
    try (Progress progress = progress(1000)) {
      for (int i = 0; i < 39; i++) {
        progress.add(1024);
      }
      assertThat(lines()).isEmpty();
      seconds += 20;
      progress.add(1024);
      seconds += 20;
      for (int i = 0; i < 60; i++) {
        progress.add(1024);
      }
      seconds += 20;
      progress.add(1024);
    }

    assertThat(lines())
        .containsExactly(
            "copied 40 of 1,000 messages, 40.0 KiB so far, 2/s, 8m 0s to go",
            "copied 41 of 1,000 messages, 41.0 KiB so far, 0/s, 5h 19m to go",
            "copied 101 of 1,000 messages, 101.0 KiB so far, 3/s, 5m 0s to go");
  }

  @Test
  void tellsNoEndThatIsNotKnown() {
    try (Progress progress = progress(Progress.UNKNOWN)) {
      seconds += 11;
      progress.add(5);
    }

    assertThat(lines()).containsExactly("copied 1 message, 5 B so far, 0/s");
  }

  @Test
  void tellsNoEndWhenThereIsMoreThanWasExpected() {
    try (Progress progress = progress(0)) {
      seconds += 11;
      progress.add(5);
    }

    assertThat(lines()).containsExactly("copied 1 of 0 messages, 5 B so far, 0/s");
  }
}
