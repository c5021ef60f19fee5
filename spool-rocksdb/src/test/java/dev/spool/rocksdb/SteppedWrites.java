package dev.spool.rocksdb;

import dev.spool.testkit.Gate;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Lets writes and syncs go on one at a time, and fail when told to. */
final class SteppedWrites implements NativeWrites {
  /** Held before they write anything. */
  final Gate writes = new Gate();

  final AtomicInteger written = new AtomicInteger();
  final AtomicInteger syncsBegun = new AtomicInteger();

  /** The last sequence number that was written. */
  final AtomicLong sequence = new AtomicLong();

  private final Semaphore syncTurns = new Semaphore(0);
  private volatile boolean syncsAreHeld;
  private volatile @Nullable Status writeFailure;
  private volatile @Nullable Status syncFailure;
  private volatile @Nullable RuntimeException writeError;
  private volatile @Nullable RuntimeException syncError;

  void holdSyncs() {
    syncsAreHeld = true;
  }

  void letOneSyncGo() {
    syncTurns.release();
  }

  void letAllSyncsGo() {
    syncsAreHeld = false;
    syncTurns.release();
  }

  /** Fails the next write. */
  void failWrite(Status reported) {
    writeFailure = reported;
  }

  /** Throws at the next write. */
  void throwAtWrite(RuntimeException error) {
    writeError = error;
  }

  /** Throws at the next sync that goes on. */
  void throwAtSync(RuntimeException error) {
    syncError = error;
  }

  /** Fails the next sync that goes on. */
  void failSync(Status reported) {
    syncFailure = reported;
  }

  @Override
  public void write(RocksDB db, WriteOptions options, WriteBatch batch) throws RocksDBException {
    writes.pass();
    Status failure = writeFailure;
    writeFailure = null;
    fail(failure);
    RuntimeException error = writeError;
    writeError = null;
    raise(error);
    DIRECT.write(db, options, batch);
    sequence.set(db.getLatestSequenceNumber());
    written.incrementAndGet();
  }

  @Override
  public void syncWal(RocksDB db) throws RocksDBException {
    syncsBegun.incrementAndGet();
    if (syncsAreHeld) {
      syncTurns.acquireUninterruptibly();
    }
    Status failure = syncFailure;
    syncFailure = null;
    fail(failure);
    RuntimeException error = syncError;
    syncError = null;
    raise(error);
    DIRECT.syncWal(db);
  }

  private static void raise(@Nullable RuntimeException error) {
    if (error != null) {
      throw error;
    }
  }

  private static void fail(@Nullable Status failure) throws RocksDBException {
    if (failure != null) {
      throw new RocksDBException(failure.getState(), failure);
    }
  }
}
