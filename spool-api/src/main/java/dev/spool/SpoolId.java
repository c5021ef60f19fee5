package dev.spool;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The name of a message: an immutable 128-bit value that tells when the message was created.
 *
 * <p>It is a UUID of version 7, or of version 1 for spools that hold ids of older systems; every
 * factory refuses other versions, since they have no creation time. Ids made by {@link #random()}
 * sort by creation time; version 1 ids do not (their low time bits come first).
 */
public final class SpoolId implements Comparable<SpoolId> {
  /**
   * 100 ns units between the start of the Gregorian calendar, where version 1 counts from, and 1970
   * (RFC 9562, 5.1).
   */
  private static final long GREGORIAN_TO_UNIX = 0x01B21DD213814000L;

  private static final long UNITS_PER_SECOND = 10_000_000L;
  private static final long VERSION_7 = 0x7000L;
  private static final long VARIANT_RFC = 0x8000000000000000L;
  private static final long VARIANT_PAYLOAD = 0x3FFFFFFFFFFFFFFFL;

  /**
   * The multicast bit of a version 1 node: set on a node that is random and no network card's (RFC
   * 9562, 6.10).
   */
  private static final long NODE_MULTICAST = 0x0000010000000000L;

  /** The end of the last millisecond that 48 bits can hold. */
  private static final Instant LATEST = Instant.ofEpochMilli(1L << 48).minusNanos(1);

  /** The last {@code milliseconds << 12 | counter} that {@link #random()} has used. */
  private static final AtomicLong LAST_TICK = new AtomicLong();

  /** State of a SplitMix64 generator, seeded once from the operating system's entropy. */
  private static final AtomicLong RANDOM_STATE = new AtomicLong(new SecureRandom().nextLong());

  private final long high;
  private final long low;

  private SpoolId(long high, long low) {
    this.high = high;
    this.low = low;
  }

  /**
   * Returns a new version 7 id, created now. Ids of one process are strictly increasing, whatever
   * the clock does: when it steps back, or more than 4,096 ids are made in a millisecond, ids go on
   * from the last one.
   */
  public static SpoolId random() {
    long now = System.currentTimeMillis() << 12;
    long tick = LAST_TICK.accumulateAndGet(now, (last, wanted) -> Math.max(wanted, last + 1));
    return version7(tick >>> 12, tick & 0xFFF);
  }

  /**
   * Returns a new version 7 id that was created at {@code instant}, to the millisecond.
   *
   * @throws IllegalArgumentException if the instant is before 1970 or after the year 10889
   */
  public static SpoolId at(Instant instant) {
    Objects.requireNonNull(instant, "instant");
    if (instant.isBefore(Instant.EPOCH) || instant.isAfter(LATEST)) {
      throw new IllegalArgumentException("no version 7 UUID can hold the time " + instant);
    }
    long millis = instant.toEpochMilli();
    return version7(millis, nextRandom() & 0xFFF);
  }

  /**
   * Returns a new id of the same version and creation time as {@code id}, and never equal to it.
   */
  public static SpoolId withTimestampOf(SpoolId id) {
    while (true) {
      SpoolId made =
          id.version() == 1
              ? new SpoolId(
                  id.high, VARIANT_RFC | (nextRandom() & VARIANT_PAYLOAD) | NODE_MULTICAST)
              : version7(id.high >>> 16, nextRandom() & 0xFFF);
      if (!made.equals(id)) {
        return made;
      }
    }
  }

  /**
   * Returns the id that is written as {@code text}: 32 hexadecimal digits of either case, or the
   * dashed form of 36 characters.
   *
   * @throws IllegalArgumentException if the text has another form, or names a UUID of a version
   *     other than 1 and 7
   */
  public static SpoolId parse(String text) {
    String digits = text;
    if (text.length() == 36) {
      if (text.charAt(8) != '-'
          || text.charAt(13) != '-'
          || text.charAt(18) != '-'
          || text.charAt(23) != '-') {
        throw malformed(text, null);
      }
      digits =
          text.substring(0, 8)
              + text.substring(9, 13)
              + text.substring(14, 18)
              + text.substring(19, 23)
              + text.substring(24);
    } else if (text.length() != 32) {
      throw malformed(text, null);
    }
    try {
      return checked(
          HexFormat.fromHexDigitsToLong(digits, 0, 16),
          HexFormat.fromHexDigitsToLong(digits, 16, 32));
    } catch (NumberFormatException e) {
      throw malformed(text, e);
    }
  }

  /**
   * Returns the id whose {@link #toBytes()} are {@code bytes}.
   *
   * @throws IllegalArgumentException if these are not 16 bytes, or a UUID of a version other than 1
   *     and 7
   */
  public static SpoolId fromBytes(byte[] bytes) {
    if (bytes.length != 16) {
      throw new IllegalArgumentException("a spool id has 16 bytes, not " + bytes.length);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return checked(buffer.getLong(), buffer.getLong());
  }

  /**
   * Returns the id of the same value as {@code uuid}.
   *
   * @throws IllegalArgumentException if its version is neither 1 nor 7
   */
  public static SpoolId fromUuid(UUID uuid) {
    return checked(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
  }

  /**
   * Returns when the message was created: to the millisecond for version 7, to 100 ns for version
   * 1.
   */
  public Instant createdAt() {
    if (version() == 7) {
      return Instant.ofEpochMilli(high >>> 16);
    }
    long units =
        ((high & 0x0FFFL) << 48 | (high >>> 16 & 0xFFFFL) << 32 | high >>> 32) - GREGORIAN_TO_UNIX;
    return Instant.ofEpochSecond(
        Math.floorDiv(units, UNITS_PER_SECOND), Math.floorMod(units, UNITS_PER_SECOND) * 100);
  }

  /**
   * Returns how long before {@code now} the message was created; negative if it was created later.
   */
  public Duration age(Instant now) {
    return Duration.between(createdAt(), now);
  }

  /** Returns the UUID of the same value. */
  public UUID toUuid() {
    return new UUID(high, low);
  }

  /** Returns the 16 bytes of this id, most significant first, in a new array. */
  public byte[] toBytes() {
    return ByteBuffer.allocate(16).putLong(high).putLong(low).array();
  }

  /** Compares as unsigned bytes: the order of {@link #toBytes()} and of {@link #toString()}. */
  @Override
  public int compareTo(SpoolId other) {
    int order = Long.compareUnsigned(high, other.high);
    return order != 0 ? order : Long.compareUnsigned(low, other.low);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SpoolId that && high == that.high && low == that.low;
  }

  @Override
  public int hashCode() {
    // Ids that are counted up somewhere must not all come to the same.
    return Long.hashCode((high * 0x9E3779B97F4A7C15L + low) * 0xD6E8FEB86659FD93L);
  }

  /** Returns the 32 lower-case hexadecimal digits of this id. */
  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(high) + hex.toHexDigits(low);
  }

  private int version() {
    return (int) (high >>> 12 & 0xF);
  }

  private static SpoolId version7(long millis, long randomA) {
    return new SpoolId(
        millis << 16 | VERSION_7 | randomA, VARIANT_RFC | (nextRandom() & VARIANT_PAYLOAD));
  }

  private static SpoolId checked(long high, long low) {
    SpoolId id = new SpoolId(high, low);
    if (low >>> 62 != 2 || (id.version() != 1 && id.version() != 7)) {
      throw new IllegalArgumentException(
          id.toUuid() + " is not a UUID of version 1 or 7: it has no creation time to be kept by");
    }
    return id;
  }

  private static IllegalArgumentException malformed(
      String text, @Nullable NumberFormatException cause) {
    String shown = text.length() <= 64 ? text : text.substring(0, 64) + "…";
    return new IllegalArgumentException(
        "not a spool id (32 hexadecimal digits, or a dashed UUID): '" + shown + "'", cause);
  }

  /** SplitMix64 (Steele, Lea, Flood 2014): every output occurs once in 2^64 calls. */
  private static long nextRandom() {
    long z = RANDOM_STATE.addAndGet(0x9E3779B97F4A7C15L);
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
