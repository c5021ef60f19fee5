package dev.spool.bench.engine;

import dev.spool.SpoolId;
import java.util.UUID;

/**
 * Ids by number: version 7, later numbers later in time, 1,000 of them a millisecond.
 *
 * <p>A number gives the same id again, so that a workload needs no list of what it stored.
 */
public final class MessageIds {
  /** The milliseconds of 1 January 2026. */
  private static final long START = 1_767_225_600_000L;

  private static final long PER_MILLISECOND = 1000;
  private static final long VERSION_7 = 0x7000L;
  private static final long VARIANT = 0x8000000000000000L;

  private MessageIds() {}

  /** Returns the id of a number from 0. */
  public static SpoolId of(long number) {
    long high = ((START + number / PER_MILLISECOND) << 16) | VERSION_7 | (number % PER_MILLISECOND);
    return SpoolId.fromUuid(new UUID(high, VARIANT | number));
  }

  /** Returns the number of an id that {@link #of} made. */
  public static long number(SpoolId id) {
    return id.toUuid().getLeastSignificantBits() & ~VARIANT;
  }
}
