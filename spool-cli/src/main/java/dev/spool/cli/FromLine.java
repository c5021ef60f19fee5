package dev.spool.cli;

import dev.spool.SpoolId;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The line that begins a message in an mbox: {@code From}, the sender, and the date in the form of
 * C's {@code asctime}. RFC 4155 wants it in UTC; a numeric zone before or behind the year is
 * heeded.
 *
 * @param text the line without its end, a character a byte
 * @param date when the message was received; null if there is no such day
 */
record FromLine(String text, @Nullable Instant date) {
  /** A longer line separates nothing. */
  static final int LONGEST = 1000;

  private static final byte[] START = "From ".getBytes(StandardCharsets.ISO_8859_1);

  private static final List<String> MONTHS =
      List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");

  private static final Pattern DATED =
      Pattern.compile(
          "From .*\\b("
              + String.join("|", MONTHS)
              + ") {1,2}(\\d{1,2}) (\\d{1,2}):(\\d\\d)(?::(\\d\\d))?(?: ([+-]\\d{4}|[A-Za-z]{1,5}))?"
              + " (\\d{4})(?: ([+-]\\d{4}|[A-Za-z]{1,5}))? *",
          Pattern.DOTALL);

  private static final DateTimeFormatter ASCTIME =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ROOT);

  /** The last that has a year of four digits, by which the line is recognised. */
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  /** Returns the line, without an end, that begins a message in an export. */
  static String of(SpoolId id) {
    Instant created = id.createdAt().isAfter(LATEST) ? LATEST : id.createdAt();
    return "From " + id + "@spool.invalid " + ASCTIME.format(created.atOffset(ZoneOffset.UTC));
  }

  /** Tells whether bytes begin as such a line does. */
  static boolean begins(byte[] bytes, int from, int to) {
    return to - from >= START.length
        && Arrays.equals(bytes, from, from + START.length, START, 0, START.length);
  }

  /** Returns the line if it has a date, and null if it is part of a message. */
  static @Nullable FromLine parse(byte[] bytes, int from, int to) {
    if (to - from > LONGEST || !begins(bytes, from, to)) {
      return null;
    }
    String text = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    Matcher dated = DATED.matcher(text.stripTrailing());
    return dated.matches() ? new FromLine(text, date(dated)) : null;
  }

  private static @Nullable Instant date(Matcher dated) {
    try {
      return LocalDateTime.of(
              Integer.parseInt(dated.group(7)),
              MONTHS.indexOf(dated.group(1)) + 1,
              Integer.parseInt(dated.group(2)),
              Integer.parseInt(dated.group(3)),
              Integer.parseInt(dated.group(4)),
              dated.group(5) == null ? 0 : Math.min(59, Integer.parseInt(dated.group(5))))
          .toInstant(zone(dated.group(6) == null ? dated.group(8) : dated.group(6)));
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static ZoneOffset zone(@Nullable String zone) {
    return zone == null || Character.isLetter(zone.charAt(0))
        ? ZoneOffset.UTC
        : ZoneOffset.of(zone);
  }
}
