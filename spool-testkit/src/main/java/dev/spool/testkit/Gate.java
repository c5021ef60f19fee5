package dev.spool.testkit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds whoever passes still while it is shut: put {@link #pass} where a backend begins its I/O,
 * and a test decides when that goes on. Open at first. All methods are safe for use by any thread.
 */
public final class Gate {
  /** Longer than any healthy machine takes; a test that waits for this long has failed. */
  private static final long LIMIT_SECONDS = 60;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by lock.
  private boolean shut;
  private int held;

  /** Makes an open gate. */
  public Gate() {}

  /** Holds from now on whoever passes. */
  public void shut() {
    lock.lock();
    try {
      shut = true;
    } finally {
      lock.unlock();
    }
  }

  /** Lets go whoever is held, and whoever comes. */
  public void open() {
    lock.lock();
    try {
      shut = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns at once while the gate is open, and else when it is opened, whatever interrupts the
   * thread.
   */
  public void pass() {
    lock.lock();
    try {
      held++;
      changed.signalAll();
      while (shut) {
        changed.awaitUninterruptibly();
      }
      held--;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until somebody is held.
   *
   * @throws AssertionError if nobody has come within a minute
   */
  public void awaitHeld() {
    long nanos = TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    lock.lock();
    try {
      while (held == 0 || !shut) {
        if (nanos <= 0) {
          throw new AssertionError("nobody came to the gate in " + LIMIT_SECONDS + " s");
        }
        nanos = changed.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting at the gate", e);
    } finally {
      lock.unlock();
    }
  }
}
