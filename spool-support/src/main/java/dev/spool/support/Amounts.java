package dev.spool.support;

/**
 * Writes amounts as people read them. Rounds down: what is below a limit never looks as if it had
 * reached it.
 */
final class Amounts {
  private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Amounts() {}

  /** Returns {@code 1.2 GiB}, {@code 50 GiB}, {@code 17 bytes}. */
  static String bytes(long bytes) {
    int power = bytes < 1024 ? 0 : (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    long whole = bytes >> (10 * power);
    // From the next smaller unit alone: ten times all the bytes would overflow.
    long rest = power == 0 ? 0 : ((bytes >> (10 * (power - 1))) & 1023) * 10 / 1024;
    return whole + (rest == 0 ? "" : "." + rest) + " " + UNITS[power];
  }

  /** Returns {@code 120000 inodes}. */
  static String inodes(long inodes) {
    return inodes + " inodes";
  }
}
