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
  private final long seed;
  private final int longest;

  /**
   * Makes messages.
   *
   * @param seed what they follow from
   * @param longest the length of the longest, in bytes
   */
  public Payloads(long seed, int longest) {
    if (longest < 1) {
      throw new IllegalArgumentException("messages of at most " + longest + " bytes");
    }
    this.seed = seed;
    this.longest = longest;
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
    if (kind < 4) {
      return 0;
    }
    int bound = kind < 55 ? 1000 : kind < 85 ? 16_000 : kind < 98 ? 100_000 : 1 << 20;
    return 1 + random.nextInt(Math.min(bound, longest));
  }
}
