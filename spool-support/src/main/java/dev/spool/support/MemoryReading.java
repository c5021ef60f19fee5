package dev.spool.support;

/**
 * How full some memory is.
 *
 * @param what names it: {@code heap after collection}
 * @param used bytes in use that cannot simply be taken back
 * @param limit bytes that there may be; positive
 */
record MemoryReading(String what, long used, long limit) {

  boolean isAbove(double fraction) {
    return used > fraction * limit;
  }

  boolean isFullerThan(MemoryReading other) {
    return (double) used / limit > (double) other.used / other.limit;
  }

  /** Shows the figures: {@code heap after collection 57 MiB of 64 MiB (89 %)}. */
  @Override
  public String toString() {
    return what
        + " "
        + Amounts.bytes(used)
        + " of "
        + Amounts.bytes(limit)
        + " ("
        + Math.round(100.0 * used / limit)
        + " %)";
  }
}
