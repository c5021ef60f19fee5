package dev.spool.support;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads and checks the values of settings. Every method throws {@link IllegalArgumentException} for
 * a bad value.
 */
public final class SettingValues {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,15})(ms|s|min|h|d)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,18})([KMGT]i?B?)?");

  private SettingValues() {}

  /**
   * Reads bytes: {@code 1000}, {@code 64KiB}, {@code 128MiB}, {@code 1GiB}; units are powers of
   * 1024.
   */
  public static long size(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a size (1000, 64KiB, 128MiB, 1GiB)");
    }
    long number = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2);
    try {
      return unit == null
          ? number
          : Math.multiplyExact(number, 1L << (10 * (1 + "KMGT".indexOf(unit.charAt(0)))));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("too large", e);
    }
  }

  /** Reads a number of things. */
  public static int count(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a whole number up to " + Integer.MAX_VALUE, e);
    }
  }

  /**
   * Reads a duration: {@code 500ms}, {@code 30s}, {@code 5min}, {@code 1h}, {@code 7d}, {@code 0}.
   */
  public static Duration duration(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a duration (500ms, 30s, 5min, 1h, 0)");
    }
    long number = Long.parseLong(matcher.group(1));
    try {
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(number);
        case "s" -> Duration.ofSeconds(number);
        case "min" -> Duration.ofMinutes(number);
        case "h" -> Duration.ofHours(number);
        default -> Duration.ofDays(number);
      };
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("too long", e);
    }
  }

  /** Reads {@code true} or {@code false}. */
  public static boolean flag(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("neither true nor false");
    };
  }

  /** Returns {@code value}, which must be at least {@code least}. */
  public static long atLeast(long least, long value) {
    if (value < least) {
      throw new IllegalArgumentException("must be at least " + least + ", not " + value);
    }
    return value;
  }

  /** Returns {@code value}, which must be above zero. */
  public static Duration positive(Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException("must be above zero, not " + value);
    }
    return value;
  }

  /** Returns {@code value}, which must not be below zero. */
  public static Duration notNegative(Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException("must not be negative: " + value);
    }
    return value;
  }
}
