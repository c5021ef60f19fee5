package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * Counts the writes that were acknowledged as BUFFERED and not synced since: those are at risk when
 * the log fails. Safe for use by any thread.
 */
final class Unsynced {
  /** How many there were ever. */
  @GuardedBy("this")
  private long acknowledged;

  /** How many of them, from the first, are on stable storage, or were told to be at risk. */
  @GuardedBy("this")
  private long settled;

  /** How many were told to be at risk. */
  @GuardedBy("this")
  private long atRisk;

  /** Counts writes that are about to be acknowledged. */
  synchronized void add(long writes) {
    acknowledged += writes;
  }

  /** Returns the place in the count up to which a sync that begins now covers them. */
  synchronized long mark() {
    return acknowledged;
  }

  /** Those up to {@code mark} were synced. */
  synchronized void synced(long mark) {
    settled = Math.max(settled, mark);
  }

  /** Returns how many are not synced. */
  synchronized long left() {
    return acknowledged - settled;
  }

  /** The log has failed: returns how many are at risk since the last such call. */
  synchronized long lose() {
    long lost = acknowledged - settled;
    settled = acknowledged;
    atRisk += lost;
    return lost;
  }

  /** Returns how many were told to be at risk. */
  synchronized long atRisk() {
    return atRisk;
  }
}
