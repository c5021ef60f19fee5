package dev.spool.support;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Objects;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How much has to stay free: an amount, a share of the whole, the smaller of the two, or nothing.
 * The value of {@code minFreeSpace} (bytes) and of {@code minFreeInodes}.
 *
 * <p>Written as {@code 0} (off), as an amount ({@code 4294967296}, {@code 4GiB}; K, M, G and T,
 * alone or with B or iB, are powers of 1024), or as a share ({@code 10%}). Immutable.
 */
public final class SpaceThreshold {
  private static final Pattern FORM =
      Pattern.compile("(\\d{1,19}(?:\\.\\d{1,9})?) ?(%|[KMGT](?:I?B)?|B)?");
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
  private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  /** In percent of the whole, or null if the amount alone counts. */
  private final @Nullable BigDecimal share;

  /** {@code Long.MAX_VALUE} if the share alone counts. */
  private final long amount;

  private SpaceThreshold(@Nullable BigDecimal share, long amount) {
    this.share = share;
    this.amount = amount;
  }

  /** Returns the threshold that nothing is below. */
  public static SpaceThreshold off() {
    return amount(0);
  }

  /** Returns what applies to bytes if nobody says otherwise: the smaller of 10 % and 4 GiB. */
  public static SpaceThreshold defaultSpace() {
    return new SpaceThreshold(BigDecimal.TEN, 4L << 30);
  }

  /** Returns what applies to inodes if nobody says otherwise: 10 %. */
  public static SpaceThreshold defaultInodes() {
    return percent(BigDecimal.TEN);
  }

  /**
   * Returns the threshold of an amount.
   *
   * @param amount bytes or inodes; 0: off
   * @throws IllegalArgumentException if it is negative
   */
  public static SpaceThreshold amount(long amount) {
    if (amount < 0) {
      throw new IllegalArgumentException("a negative amount: " + amount);
    }
    return new SpaceThreshold(null, amount);
  }

  /**
   * Returns the threshold of a share of the whole file system.
   *
   * @param percent 0 (off) to 100
   * @throws IllegalArgumentException if it is not in that range
   */
  public static SpaceThreshold percent(BigDecimal percent) {
    if (percent.signum() < 0 || percent.compareTo(HUNDRED) > 0) {
      throw new IllegalArgumentException("not in the range of 0% to 100%: " + percent + "%");
    }
    return percent.signum() == 0 ? off() : new SpaceThreshold(percent, Long.MAX_VALUE);
  }

  /**
   * Reads a setting's value.
   *
   * @throws IllegalArgumentException if it is not of one of the forms above
   */
  public static SpaceThreshold parse(String text) {
    Matcher matcher = FORM.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "not an amount (4GiB, 512MiB, 1000), a share (10%), or 0 for off: " + text);
    }
    BigDecimal number = new BigDecimal(Objects.requireNonNull(matcher.group(1)));
    String unit = matcher.group(2);
    if (unit != null && unit.equals("%")) {
      return percent(number);
    }
    int power = unit == null ? 0 : Math.max(0, " KMGT".indexOf(unit.charAt(0)));
    BigDecimal amount = number.multiply(BigDecimal.valueOf(1L << (10 * power)));
    if (amount.compareTo(MAX) > 0) {
      throw new IllegalArgumentException("too large an amount: " + text);
    }
    return amount(amount.longValue());
  }

  /**
   * Returns the threshold on a file system of that size.
   *
   * @param total bytes or inodes
   * @return bytes or inodes; 0: off
   */
  public long of(long total) {
    if (share == null) {
      return amount;
    }
    long part =
        BigDecimal.valueOf(total).multiply(share).divide(HUNDRED, RoundingMode.DOWN).longValue();
    return Math.min(part, amount);
  }

  /**
   * Returns it as the operator would write it, with the amount that it comes to on a file system of
   * that size.
   */
  String describe(long total, LongFunction<String> unit) {
    String resolved = unit.apply(of(total));
    return share == null || amount != Long.MAX_VALUE ? resolved : this + " (" + resolved + ")";
  }

  /** Returns a text that {@link #parse} takes, except for the smaller of a share and an amount. */
  @Override
  public String toString() {
    if (share == null) {
      return Long.toString(amount);
    }
    String percent = share.stripTrailingZeros().toPlainString() + "%";
    return amount == Long.MAX_VALUE ? percent : "the smaller of " + percent + " and " + amount;
  }
}
