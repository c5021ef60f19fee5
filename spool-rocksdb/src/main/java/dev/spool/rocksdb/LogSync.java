package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.Deadline;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.IoFailures;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what was written onto stable storage, and gives their results to those who wait for that.
 *
 * <p>While the device is busy with a sync the committer can write the next group: so there is a
 * thread for it here. One sync covers all groups that were written before it began, and no other: a
 * group that comes meanwhile waits for the next one. When nothing else is to be done the committer
 * syncs by itself, since a hand-over between threads costs more than it gains then. Two syncs never
 * run at once.
 *
 * <p>After a sync that failed the handle is barred: the groups that it covered, and those that were
 * written meanwhile, have an outcome that is UNKNOWN, and no further sync is tried for them. So it
 * is when a write has failed that came after theirs.
 *
 * <p>All methods but {@link #syncs} are for the committer.
 */
final class LogSync {
  private static final Logger LOG = LoggerFactory.getLogger(LogSync.class);
  private static final String TRIED = "syncing the log";
  private static final long PAUSE_NANOS = 10_000_000;
  private static final String NOT_TRIED = "not synced, since a write or a sync has failed before";

  /**
   * A group that was written.
   *
   * @param lease keeps the database open until the group is done; closed here
   * @param sequence the last sequence number that was written
   * @param buffered the mark of {@link Unsynced}
   * @param waiting those who wait for the sync
   */
  record Written(DbLease lease, long sequence, long buffered, List<WriteCall> waiting) {}

  private final EngineContext context;
  private final NativeWrites writes;
  private final SyncedSequence synced;
  private final Unsynced unsynced;
  private final Committer.Failures failures;
  private final Thread thread;

  /** How often the log was synced; written by whoever syncs. */
  private final AtomicLong syncs = new AtomicLong();

  /**
   * Told of when there is something to sync, or nothing ever again, and when nothing is left to
   * sync. A monitor, since to wait for it needs no memory, as it does for the JDK's other locks.
   */
  private final Object lock = new Object();

  /** Groups that wait for a sync. All are of one handle: the next one comes after their leases. */
  @GuardedBy("lock")
  private List<Written> handedOver = new ArrayList<>();

  /** Whether the thread is syncing. */
  @GuardedBy("lock")
  private boolean busy;

  @GuardedBy("lock")
  private boolean stopping;

  LogSync(
      EngineContext context,
      NativeWrites writes,
      SyncedSequence synced,
      Unsynced unsynced,
      Committer.Failures failures) {
    this.context = context;
    this.writes = writes;
    this.synced = synced;
    this.unsynced = unsynced;
    this.failures = failures;
    this.thread = context.threads().thread("log-sync", this::run);
  }

  void start() {
    thread.start();
  }

  /** Returns how often the log was synced. Safe for use by any thread. */
  long syncs() {
    return syncs.getAcquire();
  }

  /** Tells whether there is nothing to sync. */
  boolean isIdle() {
    synchronized (lock) {
      return isIdleLocked();
    }
  }

  @GuardedBy("lock")
  private boolean isIdleLocked() {
    return !busy && handedOver.isEmpty();
  }

  /** Waits until all that was handed over has its result. */
  void awaitIdle() {
    synchronized (lock) {
      while (!isIdleLocked()) {
        await();
      }
    }
  }

  /** As it has to be, whoever interrupts this thread, which nobody has any business to. */
  @GuardedBy("lock")
  @SuppressWarnings("WaitNotInLoop") // those who call it do so in one
  private void await() {
    try {
      lock.wait();
    } catch (InterruptedException e) {
      LOG.debug("interrupted", e);
    }
  }

  /** Has a group synced by the thread. Takes the lease over, even if this fails. */
  void handOver(Written group) {
    boolean added = false;
    try {
      synchronized (lock) {
        added = handedOver.add(group);
        lock.notifyAll();
      }
    } finally {
      if (!added) { // no memory
        group.lease.close();
      }
    }
  }

  /**
   * Syncs a group at once, on the caller's thread. Only when it {@link #isIdle}. Takes the lease
   * over, even if this fails.
   */
  void settle(Written group) {
    List<Written> alone;
    try {
      alone = List.of(group);
    } catch (OutOfMemoryError | InternalError e) {
      group.lease.close();
      throw e;
    }
    settle(alone);
  }

  /** Ends the thread, after what was handed over; returns false if it has not ended in time. */
  boolean stop(Deadline deadline) {
    synchronized (lock) {
      stopping = true;
      lock.notifyAll();
    }
    return Threads.join(thread, deadline.remaining());
  }

  private void run() {
    List<Written> groups = new ArrayList<>();
    while ((groups = next(groups)) != null) {
      try {
        settle(groups);
      } catch (Throwable t) {
        // Not even that could be told, for want of memory: the upkeep finds out what follows, and
        // without this thread nothing would ever be synced again.
        failWhenPossible(groups);
      }
    }
  }

  /** Tries until there is memory for it: what they occupy is given back by nobody else. */
  private static void failWhenPossible(List<Written> groups) {
    boolean told = false;
    while (!told) {
      try {
        fail(groups, new SpoolIOException(TRIED + ", for want of memory", Outcome.UNKNOWN, null));
        told = true;
      } catch (Throwable t) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /**
   * Waits for groups; null at the end. Needs no memory, for want of which the thread would end.
   *
   * @param done those of before, used again for what comes
   */
  private @Nullable List<Written> next(List<Written> done) {
    done.clear();
    synchronized (lock) {
      busy = false;
      if (handedOver.isEmpty()) {
        lock.notifyAll();
      }
      while (handedOver.isEmpty()) {
        if (stopping) {
          return null;
        }
        await();
      }
      busy = true;
      List<Written> groups = handedOver;
      handedOver = done;
      return groups;
    }
  }

  private void settle(List<Written> groups) {
    try {
      SpoolException failure = sync(groups.get(groups.size() - 1));
      if (failure == null) {
        succeed(groups);
      } else {
        fail(groups, failure);
      }
    } catch (Throwable t) {
      failUnexpectedly(groups, t);
    } finally {
      for (int i = 0; i < groups.size(); i++) { // without an iterator, which would take memory
        groups.get(i).lease.close();
      }
    }
  }

  /** Together, so that one hand-over to those who run continuations serves them all. */
  private static void succeed(List<Written> groups) {
    if (groups.size() == 1) {
      WriteCall.succeedAll(groups.get(0).waiting);
      return;
    }
    List<WriteCall> waiting = new ArrayList<>();
    groups.forEach(group -> waiting.addAll(group.waiting));
    WriteCall.succeedAll(waiting);
  }

  private static void fail(List<Written> groups, SpoolException failure) {
    groups.forEach(group -> group.waiting.forEach(call -> call.fail(failure)));
  }

  /** Nobody else completes these. Those that have their result keep it. */
  private void failUnexpectedly(List<Written> groups, Throwable why) {
    try {
      LOG.error("spool {}: the syncing of the log failed, and goes on", context.name(), why);
      context.failed(IoFailures.ofWrite(why), TRIED + " failed unexpectedly: " + why, why);
    } finally {
      fail(groups, new SpoolIOException(TRIED + ": " + why, Outcome.UNKNOWN, why));
    }
  }

  /** Syncs all up to a group, and reports a failure; returns it, or null. */
  private @Nullable SpoolException sync(Written last) {
    Throwable earlier = last.lease.handle().barred();
    if (earlier != null) {
      failures.failedBefore(NOT_TRIED, earlier);
      return RocksFailures.typed(NOT_TRIED, Outcome.UNKNOWN, earlier);
    }
    Throwable failure = sync(last.lease, last.sequence, last.buffered);
    if (failure == null) {
      return null;
    }
    failures.syncFailed(TRIED, failure);
    return RocksFailures.typed(TRIED, Outcome.UNKNOWN, failure);
  }

  /**
   * Syncs what was written, on the caller's thread, and records how far that is. Only when it
   * {@link #isIdle}. Returns the failure, not reported, after barring the handle; or null.
   *
   * @param sequence the last sequence number that was written before
   * @param buffered the mark of {@link Unsynced} from before
   */
  @Nullable Throwable sync(DbLease lease, long sequence, long buffered) {
    try {
      writes.syncWal(lease.db());
    } catch (RocksDBException | RuntimeException | Error e) {
      lease.handle().bar(e);
      loseUnsynced(e);
      return e;
    }
    syncs.setRelease(syncs.getPlain() + 1);
    unsynced.synced(buffered);
    try {
      synced.record(sequence);
    } catch (IOException e) {
      FailureClass kind = IoFailures.ofWrite(e);
      context.failed(kind, "recording the synced sequence number: " + e, e);
    }
    return null;
  }

  /**
   * What was acknowledged as BUFFERED is at risk from now on: it promised nothing against this, and
   * yet is worth telling. After the handle was barred.
   */
  void loseUnsynced(Throwable failure) {
    long lost = unsynced.lose();
    if (lost > 0) {
      LOG.warn(
          "spool {}: {} buffered writes were not synced when the log failed ({}); they last only if the next opening"
              + " finds them",
          context.name(),
          lost,
          failure.toString());
    }
  }
}
