package dev.spool.torture;

import dev.spool.SpoolId;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * The messages that are stored: each follows from a seed, its id and its generation, which counts
 * what is stored under that id. So every byte can be checked, and none has to be kept.
 *
 * <p>Most are small, as mail is; some are empty. None compresses, so that what is damaged or left
 * out shows. Immutable.
 */
public final class Payloads {
  /** Of mail, as {@link #ofMail} has it. */
  private static final int MAIL = 0;

  private final long seed;
  private final int longest;

  /**
   * Makes messages.
   *
   * @param seed what they follow from
   * @param longest the length of the longest, in bytes
   */
  public Payloads(long seed, int longest) {
    this(longest, seed);
    if (longest < 1) {
      throw new IllegalArgumentException("messages of at most " + longest + " bytes");
    }
  }

  private Payloads(int longest, long seed) {
    this.seed = seed;
    this.longest = longest;
  }

  /**
   * Makes messages of such lengths as mail has: 90 of 100 of 2 to 20 KiB, 9 of 20 to 200 KiB, and
   * one of 1 to 25 MiB.
   */
  static Payloads ofMail(long seed) {
    return new Payloads(MAIL, seed);
  }

  /** Returns the message of a generation, in an array of its own. */
  public byte[] bytes(SpoolId id, long generation) {
    ByteBuffer bits = ByteBuffer.wrap(id.toBytes());
    long mixed = bits.getLong() * 31 + bits.getLong();
    SplittableRandom random =
        new SplittableRandom(seed ^ Long.rotateLeft(mixed, 17) ^ generation * 0x9E3779B97F4A7C15L);
    byte[] message = new byte[length(random)];
    random.nextBytes(message);
    return message;
  }

  private int length(SplittableRandom random) {
    int kind = random.nextInt(100);
    if (longest == MAIL) {
      return kind < 90
          ? random.nextInt(2 << 10, 20 << 10)
          : kind < 99 ? random.nextInt(20 << 10, 200 << 10) : random.nextInt(1 << 20, 25 << 20);
    }
    if (kind < 4) {
      return 0;
    }
    int bound = kind < 55 ? 1000 : kind < 85 ? 16_000 : kind < 98 ? 100_000 : 1 << 20;
    return 1 + random.nextInt(Math.min(bound, longest));
  }
}
