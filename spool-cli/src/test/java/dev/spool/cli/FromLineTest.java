package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From_ lines as they are found in the wild. */
final class FromLineTest {
  private static FromLine parse(String line) {
    byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
    return FromLine.parse(bytes, 0, bytes.length);
  }

  @ParameterizedTest
  @CsvSource({
    "From joe@example.org Fri Sep  9 14:04:52 2011, 2011-09-09T14:04:52Z",
    "From joe@example.org Fri Sep 09 14:04:52 2011, 2011-09-09T14:04:52Z",
    "From MAILER-DAEMON Wed Oct 05 21:54:09 2011, 2011-10-05T21:54:09Z",
    "From - Wed Apr 02 06:51:08 2014, 2014-04-02T06:51:08Z",
    "From ???@??? Wed Apr 02 06:51:08 2014, 2014-04-02T06:51:08Z",
    "From 1512@xxx Mon Jan 01 12:00:00 +0100 2018, 2018-01-01T11:00:00Z",
    "From joe Mon Jan  1 12:00:00 2018 -0230, 2018-01-01T14:30:00Z",
    "From joe Mon Jan  1 12:00 2018, 2018-01-01T12:00:00Z",
    "From joe Mon Jan  1 12:00:00 CET 2018, 2018-01-01T12:00:00Z",
    "From \"a Feb b\"@example.org Mon Jan  1 23:59:60 2018, 2018-01-01T23:59:59Z",
  })
  void tellTheTime(String line, Instant expected) {
    assertThat(parse(line).date()).isEqualTo(expected);
  }

  @Test
  void ofADayThatThereIsNotSeparatesAndTellsNoTime() {
    assertThat(parse("From joe Mon Feb 31 12:00:00 2018").date()).isNull();
    assertThat(parse("From joe Mon Feb  1 12:00:00 +9900 2018").date()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "From",
        "From ",
        "from joe Mon Jan  1 12:00:00 2018",
        ">From joe Mon Jan  1 12:00:00 2018",
        "From: joe Mon Jan  1 12:00:00 2018",
        "From joe",
        "From now on, in 1999",
        "From joe Mon Jan  1 12:00:00 2018 remote from elsewhere",
      })
  void withoutADateAreText(String line) {
    assertThat(parse(line)).isNull();
  }

  @Test
  void tooLongIsText() {
    assertThat(parse("From " + "x".repeat(2000) + " Mon Jan  1 12:00:00 2018")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0190a5b6c7d87e9f8a0b1c2d3e4f5061",
        "00000000000070008000000000000000",
        "ffffffffffff7fffbfffffffffffffff",
        "00000000000010008000000000000000",
        "ffffffffffff1fffbfffffffffffffff",
      })
  void thatAnExportWritesAreReadWhateverTheId(String id) {
    SpoolId written = SpoolId.parse(id);
    FromLine line = parse(FromLine.of(written));

    assertThat(line).as(FromLine.of(written)).isNotNull();
    if (written.createdAt().isBefore(Instant.parse("9999-01-01T00:00:00Z"))) {
      assertThat(line.date().getEpochSecond()).isEqualTo(written.createdAt().getEpochSecond());
    }
  }
}
