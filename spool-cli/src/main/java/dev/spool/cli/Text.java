package dev.spool.cli;

import java.time.Duration;
import java.util.Locale;

/** Figures as people read them. */
public final class Text {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

  private Text() {}

  /** Returns bytes with a unit: {@code 12.3 MiB}. */
  public static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }

  /** Returns an age by its two largest units: {@code 3d 4h}; {@code 0s} if it is negative. */
  public static String age(Duration age) {
    if (age.isNegative()) {
      return "0s";
    }
    long days = age.toDays();
    if (days > 0) {
      return days + "d " + age.toHoursPart() + "h";
    }
    if (age.toHours() > 0) {
      return age.toHours() + "h " + age.toMinutesPart() + "m";
    }
    if (age.toMinutes() > 0) {
      return age.toMinutes() + "m " + age.toSecondsPart() + "s";
    }
    return age.toSeconds() + "s";
  }

  /** Returns a count with separators: {@code 12,345}. */
  public static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /**
   * Returns text that others may have written, such as the name of a file, without what would move
   * the cursor, end the line or reverse the text: a question mark in its place.
   */
  public static String printable(String text) {
    return text.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
  }

  /** Returns {@code 1 message}, {@code 2 messages}. */
  public static String messages(long count) {
    return count(count) + (count == 1 ? " message" : " messages");
  }

  /** Returns {@code 1 file}, {@code 2 files}. */
  public static String files(long count) {
    return count(count) + (count == 1 ? " file" : " files");
  }
}
