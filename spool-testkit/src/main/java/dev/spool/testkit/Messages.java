package dev.spool.testkit;

import dev.spool.SpoolId;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;

/** Messages for tests: the same for the same arguments, and different for different seeds. */
public final class Messages {
  /** 100 ns units between 1582-10-15 and 1970, as version 1 ids count (RFC 9562, 5.1). */
  private static final long GREGORIAN_TO_UNIX = 0x01B21DD213814000L;

  private Messages() {}

  /** Returns {@code length} bytes that do not compress, made from {@code seed}. */
  public static byte[] of(long seed, int length) {
    byte[] message = new byte[length];
    new SplittableRandom(seed).nextBytes(message);
    return message;
  }

  /** Returns a message of every byte value, in order. */
  public static byte[] everyByte() {
    byte[] message = new byte[256];
    for (int i = 0; i < message.length; i++) {
      message[i] = (byte) i;
    }
    return message;
  }

  /**
   * Returns {@code count} messages under new ids, most of them small, as mail is: lengths from 0 to
   * {@code maxLength}, evenly spread over the orders of magnitude.
   */
  public static Map<SpoolId, byte[]> mixed(long seed, int count, int maxLength) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<SpoolId, byte[]> messages = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      int length = (int) Math.pow(maxLength + 1.0, random.nextDouble()) - (i % 16 == 0 ? 1 : 0);
      messages.put(SpoolId.random(), of(random.nextLong(), Math.min(length, maxLength)));
    }
    return messages;
  }

  /** Returns a version 1 id that was created at {@code instant}, to the 100 ns. */
  public static SpoolId version1(Instant instant, long node) {
    long units =
        instant.getEpochSecond() * 10_000_000L + (instant.getNano() / 100) + GREGORIAN_TO_UNIX;
    long low = units << 32;
    long mid = ((units >>> 32) & 0xFFFFL) << 16;
    long high = low | mid | 0x1000L | ((units >>> 48) & 0x0FFFL);
    return SpoolId.fromUuid(new UUID(high, 0x8000000000000000L | (node & 0x3FFFFFFFFFFFFFFFL)));
  }

  /** Returns a message of {@code length} bytes, at least 8, that begins with {@code value}. */
  static byte[] numbered(long value, int length) {
    byte[] message = of(value, length);
    ByteBuffer.wrap(message).putLong(value);
    return message;
  }

  /** Returns the number that a message of {@link #numbered} begins with. */
  static long number(byte[] message) {
    return ByteBuffer.wrap(message).getLong();
  }
}
