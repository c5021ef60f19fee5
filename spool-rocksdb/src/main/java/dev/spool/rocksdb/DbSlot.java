package dev.spool.rocksdb;

import dev.spool.SpoolIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * Where the handle is that is in use: it changes when the database is opened again underneath.
 * Whoever comes while there is none waits for the next one, for a while. Safe for use by any
 * thread.
 */
final class DbSlot {
  /** How long a call waits for the database to be opened again, unless a test says otherwise. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private final String what;
  private final Duration patience;

  /** A monitor, told of another handle: to wait for it needs no memory. */
  private final Object lock = new Object();

  /** Written under the lock; read without it. Null while the database is closed. */
  private volatile @Nullable DbHandle current;

  /** What had failed when the handle was taken out; written under the lock. */
  private volatile @Nullable Throwable closedBy;

  /**
   * Makes a slot that holds a handle.
   *
   * @param what names the database, for messages
   * @param patience how long a call waits for the next one that cannot do without
   */
  DbSlot(String what, DbHandle first, Duration patience) {
    this.what = what;
    this.patience = patience;
    this.current = first;
  }

  /** Returns the handle; null while the database is closed. */
  @Nullable DbHandle current() {
    return current;
  }

  /** Puts a handle in, or none. */
  void set(@Nullable DbHandle next) {
    synchronized (lock) {
      DbHandle before = current;
      closedBy = next == null && before != null ? before.barred() : null;
      current = next;
      lock.notifyAll();
    }
  }

  /** Takes a lease on the handle of the moment; null if there is none just now. */
  @Nullable DbLease tryLease() {
    DbHandle handle = current;
    return handle == null ? null : handle.tryLease();
  }

  /**
   * Takes a lease, and waits for a handle if there is none.
   *
   * @throws SpoolIOException if there is none for a while
   */
  DbLease lease() {
    DbLease lease = tryLease();
    if (lease != null) {
      return lease;
    }
    lease = awaitLease(patience, false);
    if (lease == null) {
      throw new SpoolIOException(
          what + " is closed until it can be opened again after a failure" + because(), null);
    }
    return lease;
  }

  /** Takes a lease on a handle that may be written to; null if there is none just now. */
  @Nullable DbLease tryWritable() {
    DbHandle handle = current;
    return handle == null || !handle.isWritable() ? null : handle.tryLease();
  }

  /**
   * Takes a lease on a handle that may be written to, and waits for one; null if there is none for
   * a while.
   */
  @Nullable DbLease awaitWritable() {
    DbLease lease = tryWritable();
    return lease != null ? lease : awaitLease(patience, true);
  }

  /**
   * Takes a lease on a handle that may be written to, and waits for one.
   *
   * @throws SpoolIOException if there is none for a while
   */
  DbLease requireWritable() {
    DbLease lease = awaitWritable();
    if (lease == null) {
      throw new SpoolIOException(
          what + " cannot be written until it can be opened again after a failure" + because(),
          null);
    }
    return lease;
  }

  /** What made it so, for whoever asks why: it names the file. */
  private String because() {
    DbHandle handle = current;
    Throwable why = handle == null ? closedBy : handle.barred();
    if (why == null) {
      return "";
    }
    return ": " + (why instanceof RocksDBException e ? RocksFailures.describe(e) : why);
  }

  private @Nullable DbLease awaitLease(Duration atMost, boolean toWrite) {
    long end = System.nanoTime() + atMost.toNanos();
    boolean interrupted = false;
    try {
      synchronized (lock) {
        while (true) {
          DbHandle handle = current;
          DbLease lease =
              handle == null || (toWrite && !handle.isWritable()) ? null : handle.tryLease();
          long left = end - System.nanoTime();
          if (lease != null || left <= 0) {
            return lease;
          }
          try {
            TimeUnit.NANOSECONDS.timedWait(lock, left);
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
