package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of ages and sizes. */
final class ShapeTest {
  private final Shape shape = new Shape();

  private List<String> lines() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    shape.print(new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8).lines().map(l -> l.replaceAll(" +", " ")).toList();
  }

  @Test
  void countsEachMessageOnceByAgeAndSize() {
    shape.add(Duration.ZERO, 0);
    shape.add(Duration.ofMinutes(5).minusMillis(1), 1024);
    shape.add(Duration.ofMinutes(5), 1024);
    shape.add(Duration.ofMinutes(10), 1025);
    shape.add(Duration.ofMinutes(1280).minusMillis(1), 16 << 20);
    shape.add(Duration.ofMinutes(1280), (16 << 20) + 1);
    shape.add(Duration.ofDays(9000), Long.MAX_VALUE);

    assertThat(lines())
        .containsExactly(
            " T 5m 10m 20m 40m 80m 160m 320m 640m 1280m 1280m+",
            " TOTAL 7 2 1 1 0 0 0 0 0 1 2",
            " ≤ 1 KiB 3 2 1 0 0 0 0 0 0 0 0",
            " ≤ 4 KiB 1 0 0 1 0 0 0 0 0 0 0",
            " ≤ 16 MiB 1 0 0 0 0 0 0 0 0 1 0",
            " > 16 MiB 2 0 0 0 0 0 0 0 0 0 2");
    assertThat(shape.json().toString())
        .startsWith("{\"ageMinutes\":[5,10,20,40,80,160,320,640,1280],\"rows\":[")
        .contains("{\"maxBytes\":1024,\"messages\":[2,1,0,0,0,0,0,0,0,0]}")
        .endsWith("{\"messages\":[0,0,0,0,0,0,0,0,0,2]}]}");
  }

  @Test
  void whatWasCreatedInTheFutureIsYoung() {
    shape.add(Duration.ofHours(-3), 1);

    assertThat(lines()).contains(" TOTAL 1 1 0 0 0 0 0 0 0 0 0");
  }

  @Test
  void columnsStayApartHoweverManyThereAre() {
    for (int i = 0; i < 10_000_000; i++) {
      shape.add(Duration.ZERO, 1);
    }

    assertThat(lines()).contains(" TOTAL 10000000 10000000 0 0 0 0 0 0 0 0 0");
  }
}
