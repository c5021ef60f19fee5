package org.example.http;

import java.util.Arrays;
import org.eclipse.jetty.io.Content;
import org.example.replies.HttpReply;

/**
 * The bytes of one body, in one array that grows as they arrive, and no list of pieces: a peer may
 * send its body a byte at a time. What is counted is what is allocated: while an array is copied
 * into a larger one both are, and a budget that has no room for that refuses.
 *
 * <p>Used by one thread at a time.
 */
final class BodyBuffer {
  private static final int FIRST = 16 << 10;
  private static final byte[] NONE = {};

  private final ByteBudget budget;
  private final int maxBytes;
  private byte[] bytes = NONE;
  private int length;

  /** What was taken of the budget and not yet given back. */
  private long taken;

  /** Makes a buffer for up to {@code maxBytes}; it takes memory for what comes, not for that. */
  BodyBuffer(ByteBudget budget, int maxBytes) {
    this.budget = budget;
    this.maxBytes = maxBytes;
  }

  /**
   * Adds a part.
   *
   * @throws RefusedException if the body is too large, or there is no memory for it
   */
  void add(Content.Chunk part) {
    int more = part.remaining();
    if (more > maxBytes - length) {
      throw new RefusedException(HttpReply.TOO_LARGE);
    }
    if (length + more > bytes.length) {
      resize((int) Math.min(maxBytes, Math.max(length + more, Math.max(FIRST, 2L * length))));
    }
    part.get(bytes, length, more);
    length += more;
  }

  /** Returns the whole, which stays counted; the buffer itself no longer refers to it. */
  byte[] finish() {
    if (length < bytes.length) {
      resize(length);
    }
    byte[] whole = bytes;
    bytes = NONE;
    return whole;
  }

  private void resize(int size) {
    if (!budget.tryTake(size)) {
      throw new RefusedException(HttpReply.SLOW);
    }
    taken += size;
    int before = bytes.length;
    bytes = Arrays.copyOf(bytes, size);
    giveBack(before);
  }

  private void giveBack(long count) {
    taken -= count;
    budget.giveBack(count);
  }

  /** Gives everything back; what was returned must not be used any longer, or counted elsewhere. */
  void release() {
    bytes = NONE;
    length = 0;
    giveBack(taken);
  }
}
