package dev.spool.cli;

import java.util.concurrent.Semaphore;

/**
 * Bounds what is under way, in number and in bytes at once: each message takes units of room, one
 * at least. A message that is larger than all of it goes alone. Safe for use by any thread.
 */
final class InFlight {
  /** Bytes are counted in units of this. */
  private static final int UNIT = 8 << 10;

  /** 16 MiB, or 2,048 messages: enough to fill a group commit, small beside the least heap. */
  private static final int UNITS = 2048;

  private final Semaphore room = new Semaphore(UNITS);

  /** Waits for room for a message of that many bytes. */
  void enter(int length) {
    room.acquireUninterruptibly(units(length));
  }

  /** Gives the room of a message of that many bytes back. */
  void leave(int length) {
    room.release(units(length));
  }

  /** Waits until nothing is under way. */
  void awaitNone() {
    room.acquireUninterruptibly(UNITS);
    room.release(UNITS);
  }

  private static int units(int length) {
    return (int) Math.max(1, Math.min(UNITS, ((long) length + UNIT - 1) / UNIT));
  }
}
