package dev.spool.torture;

/**
 * How many messages of mail are stored each second.
 *
 * @param number so many messages; 0 for no mail
 * @param isShare whether the number is a percentage, of what the first life has come to, which goes
 *     as fast as it can
 */
public record MailRate(int number, boolean isShare) {
  /** No mail. */
  public static final MailRate NONE = new MailRate(0, false);

  private static final int ALL = 100;

  /**
   * Makes one.
   *
   * @throws IllegalArgumentException if it is negative, or a share that is none
   */
  public MailRate {
    if (number < 0 || (isShare && (number == 0 || number > ALL))) {
      throw new IllegalArgumentException("a rate is at least 0, a share from 1% to 100%");
    }
  }

  /**
   * Reads a rate, such as {@code 200}, or a share, such as {@code 70%}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static MailRate parse(String text) {
    boolean isShare = text.endsWith("%");
    String number = isShare ? text.substring(0, text.length() - 1) : text;
    if (!number.matches("[0-9]{1,9}")) {
      throw new IllegalArgumentException("'" + text + "' is no rate, such as 200 or 70%");
    }
    return new MailRate(Integer.parseInt(number), isShare);
  }

  boolean isMail() {
    return number > 0;
  }

  /** Returns the share of this; at least one message. */
  int of(long measured) {
    return (int) Math.max(1, Math.min(Pace.FASTEST - 1, measured * number / ALL));
  }

  @Override
  public String toString() {
    return number + (isShare ? "%" : "");
  }
}
