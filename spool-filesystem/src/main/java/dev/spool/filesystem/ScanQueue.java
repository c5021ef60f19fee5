package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.LinkedList;
import java.util.Queue;

/**
 * What the readers of a scan have brought and nobody has taken yet, and the memory that it may
 * hold. A monitor: to wait for it needs no memory, for want of which the JDK's queues and
 * semaphores forget who waits.
 *
 * <p>Safe for use by any thread. Interrupts are dropped: they close the file that is read next, and
 * nobody has any business to do that.
 */
final class ScanQueue {
  private final int most;

  /** A list with a node for each: adding to an array that has to grow can lose what is in it. */
  @SuppressWarnings("JdkObsolete")
  @GuardedBy("this")
  private final Queue<FileScan.Bunch> bunches = new LinkedList<>();

  /** Bunches that may be brought before one has to wait. */
  @GuardedBy("this")
  private int room;

  /** Memory that may be taken. */
  @GuardedBy("this")
  private int free;

  /** Those who wait for memory get it in the order of their numbers. */
  @GuardedBy("this")
  private long nextNumber;

  @GuardedBy("this")
  private long served;

  /**
   * Makes an empty one.
   *
   * @param most how many bunches wait in it, but for those that are a reader's last
   * @param bytes how much memory they hold together
   */
  ScanQueue(int most, int bytes) {
    this.most = most;
    this.room = most;
    this.free = bytes;
  }

  /** Adds what a reader has brought, and waits while there is much already; not with its last. */
  synchronized void add(FileScan.Bunch bunch) {
    while (!bunch.end() && room == 0) {
      await();
    }
    bunches.add(bunch); // first: there may be no memory for it
    room -= bunch.end() ? 0 : 1;
    notifyAll();
  }

  /** Takes what was brought first, and waits for it. Its memory is to be given back. */
  synchronized FileScan.Bunch take() {
    FileScan.Bunch bunch = bunches.poll();
    while (bunch == null) {
      await();
      bunch = bunches.poll();
    }
    room = Math.min(most, room + (bunch.end() ? 0 : 1));
    notifyAll();
    return bunch;
  }

  /** Takes memory; false if there is not so much now. */
  synchronized boolean tryReserve(int bytes) {
    if (free < bytes) {
      return false;
    }
    free -= bytes;
    return true;
  }

  /** Takes memory, and waits for it. */
  synchronized void reserve(int bytes) {
    long number = nextNumber++;
    while (served != number || free < bytes) {
      await();
    }
    served++;
    free -= bytes;
    notifyAll();
  }

  /** Gives memory back. */
  synchronized void release(int bytes) {
    free += bytes;
    notifyAll();
  }

  @GuardedBy("this")
  @SuppressWarnings("WaitNotInLoop") // those who call it do so in one
  private void await() {
    try {
      wait();
    } catch (InterruptedException e) {
      // Dropped.
    }
  }
}
