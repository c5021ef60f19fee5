package dev.spool.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * Bytes that a reader may meet and that nobody meant to write: what is whole, with bits flipped,
 * cut off, with numbers set to extremes, with pieces moved, doubled, wiped out or taken from
 * something else; and now and then bytes at random. The same from the same generator.
 *
 * <p>Not thread-safe.
 */
public final class Mutations {
  /** Nothing becomes longer than twice what it was, and this. */
  private static final int GROWTH = 4096;

  private static final long[] EXTREMES = {
    0,
    1,
    -1,
    Byte.MAX_VALUE,
    Short.MAX_VALUE,
    0xFFFF,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    0xFFFF_FFFFL,
    1L << 47,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private static final String[] DIGITS = {
    "0", "-1", "00", "99999999999999999999", "2147483648", "9223372036854775807", "1e9", "+", " "
  };

  private final RandomGenerator random;

  /** Makes mutations as {@code random} decides. */
  public Mutations(RandomGenerator random) {
    this.random = Objects.requireNonNull(random, "random");
  }

  /**
   * Returns a mutation, in a new array; rarely it is the same bytes.
   *
   * @param sample what is mutated
   * @param other what pieces are taken from; may be the same
   */
  public byte[] of(byte[] sample, byte[] other) {
    if (random.nextInt(50) == 0) {
      return random(random.nextInt(2 * sample.length + 64));
    }
    byte[] bytes = sample.clone();
    int steps = 1 << random.nextInt(4);
    for (int i = 0; i < steps; i++) {
      byte[] next = step(bytes, other);
      bytes = next.length <= 2 * sample.length + GROWTH ? next : bytes;
    }
    return bytes;
  }

  /** Returns a number that is more likely than others to be at some edge. */
  public long number() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong();
      case 1 -> 1L << random.nextInt(64);
      default -> EXTREMES[random.nextInt(EXTREMES.length)] + random.nextInt(-1, 2);
    };
  }

  private byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] step(byte[] bytes, byte[] other) {
    int at = random.nextInt(bytes.length + 1);
    int to = at + span(bytes.length - at);
    return switch (random.nextInt(10)) {
      case 0, 1 -> flipped(bytes);
      case 2, 3 -> numbered(bytes, at);
      case 4 -> Arrays.copyOf(bytes, at);
      case 5 -> replaced(bytes, at, to, new byte[0]);
      case 6 -> replaced(bytes, at, at, Arrays.copyOfRange(bytes, at, to));
      case 7 -> overwritten(bytes, at, piece(other));
      case 8 -> replaced(bytes, at, to, piece(other));
      default -> overwritten(bytes, at, filler(to - at));
    };
  }

  /** Mostly short, now and then all of it. */
  private int span(int most) {
    int span = 1 << random.nextInt(18);
    return Math.min(most, random.nextInt(span) + 1);
  }

  private byte[] piece(byte[] from) {
    int at = random.nextInt(from.length + 1);
    return Arrays.copyOfRange(from, at, at + span(from.length - at));
  }

  private byte[] filler(int length) {
    if (random.nextBoolean()) {
      return random(length);
    }
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, random.nextBoolean() ? 0 : (byte) random.nextInt());
    return bytes;
  }

  private byte[] flipped(byte[] bytes) {
    if (bytes.length > 0) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  /** Writes a number, in one of the ways in which formats have them. */
  private byte[] numbered(byte[] bytes, int at) {
    if (random.nextInt(4) == 0) {
      byte[] digits = DIGITS[random.nextInt(DIGITS.length)].getBytes(StandardCharsets.ISO_8859_1);
      return overwritten(bytes, at, digits);
    }
    int width = 1 << random.nextInt(4);
    int aligned = at & -width;
    long number = number();
    byte[] encoded = new byte[width];
    for (int i = 0; i < width; i++) {
      encoded[width - 1 - i] = (byte) (number >>> (8 * i));
    }
    return overwritten(bytes, aligned, encoded);
  }

  /** What would reach beyond the end is left out. */
  private static byte[] overwritten(byte[] bytes, int at, byte[] piece) {
    System.arraycopy(piece, 0, bytes, at, Math.min(piece.length, bytes.length - at));
    return bytes;
  }

  private static byte[] replaced(byte[] bytes, int from, int to, byte[] piece) {
    byte[] all = Arrays.copyOf(bytes, bytes.length - (to - from) + piece.length);
    System.arraycopy(piece, 0, all, from, piece.length);
    System.arraycopy(bytes, to, all, from + piece.length, bytes.length - to);
    return all;
  }
}
