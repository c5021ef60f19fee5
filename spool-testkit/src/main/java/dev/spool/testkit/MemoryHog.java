package dev.spool.testkit;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Takes all memory there is, of one kind, to the last bytes; holds it for a while, in which it
 * gives some of it back for moments; and gives it back. For one thread.
 */
abstract class MemoryHog {
  private static final int PIECES = 1 << 15;

  private final int largest;
  private final int smallest;
  private final @Nullable Object[] pieces = new Object[PIECES];
  private int count;

  private MemoryHog(int largest, int smallest) {
    this.largest = largest;
    this.smallest = smallest;
  }

  /** Returns one of the heap. */
  static MemoryHog ofHeap() {
    return new MemoryHog(1 << 20, 16) {
      @Override
      Object take(int bytes) {
        return new byte[bytes];
      }
    };
  }

  /** Returns one of the memory of direct buffers. */
  static MemoryHog ofDirectBuffers() {
    return new MemoryHog(1 << 20, 64) {
      @Override
      Object take(int bytes) {
        return ByteBuffer.allocateDirect(bytes);
      }
    };
  }

  abstract Object take(int bytes);

  /** Takes all, holds it for about so long, and gives it back. */
  void squeeze(SplittableRandom random, long millis) {
    fill(largest);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < end) {
      for (int less = random.nextInt(12); less > 0 && count > 0; less--) {
        pieces[--count] = null;
      }
      LockSupport.parkNanos(random.nextInt(3_000_000));
      fill(1 << 12);
    }
    release();
  }

  private void fill(int from) {
    for (int bytes = from; bytes >= smallest; bytes /= 2) {
      try {
        while (count < PIECES) {
          Object piece = take(bytes);
          pieces[count++] = piece;
        }
      } catch (OutOfMemoryError e) {
        // Smaller ones.
      }
    }
  }

  private void release() {
    while (count > 0) {
      pieces[--count] = null;
    }
  }
}
