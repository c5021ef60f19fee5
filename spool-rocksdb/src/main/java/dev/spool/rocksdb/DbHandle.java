package dev.spool.rocksdb;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * One open database, from its opening to its end. Any use of a closed one would kill the JVM: so
 * every native call holds a {@link DbLease}, and {@link #free} comes after the last lease was given
 * back.
 *
 * <p>Writing to it is barred for good after the first write or sync that failed: what a second one
 * would report is not to be believed. A new handle on the same database takes its place. Safe for
 * use by any thread.
 */
final class DbHandle {
  private final RocksDB db;
  private final RocksOptions options;
  private final Leases leases = new Leases();

  /** The one that all have: to take it, and to give it back, needs no memory. */
  private final DbLease lease = new DbLease(this);

  private final AtomicBoolean freed = new AtomicBoolean();

  /** Why nothing may be written any more; set once. */
  private volatile @Nullable Throwable barred;

  /** Another handle is about to take its place. */
  private volatile boolean retired;

  private final boolean readOnly;

  /** How often background work had failed when it was freed; written by whoever frees it. */
  private volatile long errorsAtEnd;

  private DbHandle(RocksDB db, RocksOptions options, boolean readOnly) {
    this.db = db;
    this.options = options;
    this.readOnly = readOnly;
  }

  /**
   * Opens a database; {@code options} belong to the handle from now on, and are freed if it cannot
   * be opened.
   */
  static DbHandle open(Path path, RocksOptions options) throws RocksDBException {
    return opened(options, false, () -> RocksDB.open(options.options(), path.toString()));
  }

  /** As {@link #open}, to read: shows what is there, and writes nothing. */
  static DbHandle openReadOnly(Path path, RocksOptions options) throws RocksDBException {
    return opened(options, true, () -> RocksDB.openReadOnly(options.options(), path.toString()));
  }

  private interface Opening {
    RocksDB open() throws RocksDBException;
  }

  private static DbHandle opened(RocksOptions options, boolean readOnly, Opening opening)
      throws RocksDBException {
    DbHandle handle = null;
    RocksDB db = null;
    try {
      db = opening.open();
      handle = new DbHandle(db, options, readOnly);
      return handle;
    } finally {
      if (handle == null) {
        if (db != null) { // for want of memory; nobody else would get RocksDB's lock
          db.close();
        }
        options.close();
      }
    }
  }

  /** Takes a lease, to be closed; null once {@link #refuse} was called. */
  @Nullable DbLease tryLease() {
    return leases.enter() ? lease : null;
  }

  /** For {@link DbLease}. */
  RocksDB db() {
    return db;
  }

  /** For {@link DbLease}. */
  void exit() {
    leases.exit();
  }

  /** Returns the options it was opened with; to be used under a lease. */
  RocksOptions options() {
    return options;
  }

  /** Tells whether it was opened to read. */
  boolean isReadOnly() {
    return readOnly;
  }

  /** Bars every further write and sync. The first reason stays. */
  void bar(Throwable why) {
    if (barred == null) {
      barred = why;
    }
  }

  /** Returns what failed, so that nothing more may be written or synced; null if nothing has. */
  @Nullable Throwable barred() {
    return barred;
  }

  /**
   * Takes no further writes, though nothing has failed: another handle takes its place. What was
   * written already is still to be synced, under the leases that are out.
   */
  void retire() {
    retired = true;
  }

  /** Tells whether something may be written. */
  boolean isWritable() {
    return barred == null && !retired;
  }

  /** Gives no lease from now on. Idempotent. */
  void refuse() {
    leases.close();
  }

  /**
   * Waits, after {@link #refuse}, until all leases were given back; returns false if one is still
   * out after {@code limit}.
   */
  boolean awaitDrained(Duration limit) {
    return leases.awaitEmpty(limit);
  }

  /**
   * Closes the database, and frees all that belongs to it. After {@link #awaitDrained} has returned
   * true. Idempotent. Does not sync the log.
   *
   * @throws RocksDBException if RocksDB reports a failure; everything is freed nevertheless
   */
  void free() throws RocksDBException {
    if (!freed.compareAndSet(false, true)) {
      return;
    }
    try {
      errorsAtEnd = RocksProperties.number(db, RocksProperties.BACKGROUND_ERRORS);
      db.cancelAllBackgroundWork(true);
      db.closeE();
    } finally {
      db.close(); // frees what closeE has left, and does nothing else
      options.close();
    }
  }

  /** Returns how often background work has failed in all, once it was freed; 0 before. */
  long errorsAtEnd() {
    return errorsAtEnd;
  }
}
