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
    long unit = 1L << (10 * power);
    long whole = bytes / unit;
    // Ten times the rest may need the 64th bit, and no more.
    long tenths = Long.divideUnsigned(bytes % unit * 10, unit);
    return whole + (tenths == 0 ? "" : "." + tenths) + " " + UNITS[power];
  }

  /** Returns {@code 120000 inodes}. */
  static String inodes(long inodes) {
    return inodes + " inodes";
  }
}
