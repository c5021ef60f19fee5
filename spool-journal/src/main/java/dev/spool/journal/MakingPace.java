package dev.spool.journal;

import dev.spool.support.Disk;
import java.util.concurrent.locks.LockSupport;

/**
 * How fast segments are made: half as fast again as they are used up, and no faster, since a sync
 * waits for all that the device has been given before. At once when hardly any is left, and within
 * half a second when nothing is written.
 */
final class MakingPace {
  private static final long LOOK_AGAIN_NANOS = 100_000;
  private static final long LONGEST_NANOS = 2_000_000;

  /** Bytes that were appended to the journal; written by the committer. */
  private volatile long appended;

  /** Written by the committer. */
  private volatile boolean hurried;

  // The maker's.
  private long begun;
  private long made;

  /** Notes how much was appended to the journal since it was opened. */
  void appended(long bytes) {
    appended = bytes;
  }

  void hurry(boolean hurry) {
    hurried = hurry;
  }

  /** Begins with a segment. */
  void begin() {
    begun = appended;
    made = 0;
  }

  /** Waits until it is time for the next piece. */
  void await() {
    long until = System.nanoTime() + LONGEST_NANOS;
    long due = begun + made * 2 / 3;
    while (!hurried && appended < due && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(this, LOOK_AGAIN_NANOS);
    }
    made += Disk.FILL_PIECE;
  }
}
