package dev.spool.rocksdb;

import dev.spool.BackpressureTimeoutException;
import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.support.EngineContext;
import dev.spool.support.IoFailures;
import dev.spool.support.Scarcity;
import dev.spool.support.WriteCall;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes: takes up what has come in meanwhile as a group, as {@link WriteQueue}
 * forms it, writes it as one batch, and syncs the log once for all members of the group that want
 * it.
 *
 * <p>BUFFERED members are complete when the batch has been handed to the operating system, SYNC
 * members after the sync that follows, which is {@link LogSync}'s. A group that RocksDB refuses
 * because it would have to wait is tried again ({@link Stall}). After a write or a sync that
 * failed, the handle is barred, and the members' outcome is UNKNOWN; what comes then waits,
 * unjoined, for the next handle, for a while. Removals for which there was no room are carried out
 * once room was made.
 *
 * <p>{@link #add} and {@link #write} are for any thread, the rest belongs to the committer's.
 */
final class Committer {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

  /** A batch that has grown beyond this is thrown away, since it keeps its memory. */
  private static final long KEPT_BATCH_BYTES = 16L << 20;

  private static final int ATTEMPTS_FOR_ROOM = 3;

  /** What is tried when the spool itself has something to write. */
  private static final String OWN = "writing a record of the spool's own";

  /** What has to happen outside when a write has failed. Called by the committer. */
  interface Failures {
    /** Reports a write that failed. To be called before the caller hears of it. */
    void writeFailed(String tried, Throwable failure);

    /** Reports a sync that failed. To be called before the caller hears of it. */
    void syncFailed(String tried, Throwable failure);

    /**
     * Reports what was not done since another thread's write or sync has failed, which that one
     * reports, too, but perhaps later. To be called before the caller hears of it.
     */
    void failedBefore(String tried, Throwable failure);

    /**
     * After a write that failed: puts a new handle into the slot at once, unless that is for the
     * recovery to do. The committer holds no lease then, for which that would wait.
     */
    void mend(DbHandle failed, Throwable failure);
  }

  private final EngineContext context;
  private final DbSlot slot;
  private final NativeWrites writes;
  private final Unsynced unsynced = new Unsynced();
  private final LogSync log;
  private final Failures failures;
  private final Thread thread;
  private final WriteOptions options;
  private final WriteQueue queue = new WriteQueue();

  /** By when a stop has to be done; written before the queue is closed. */
  private volatile @Nullable Deadline stopDeadline;

  /** What the end failed with; written by the committer, read after it has ended. */
  private volatile @Nullable SpoolException endFailure;

  /** How many groups were written, and how often writes stalled. */
  private final AtomicLong groups = new AtomicLong();

  private final AtomicLong stalls = new AtomicLong();

  // Below: the committer's own.
  private WriteBatch batch = new WriteBatch();

  private boolean patient = true;

  Committer(
      EngineContext context,
      DbSlot slot,
      NativeWrites writes,
      SyncedSequence synced,
      Failures failures) {
    this.context = context;
    this.slot = slot;
    this.writes = writes;
    this.failures = failures;
    this.log = new LogSync(context, writes, synced, unsynced, failures);
    this.options = new WriteOptions().setSync(false).setNoSlowdown(true);
    this.thread = context.threads().thread("committer", this::run);
  }

  void start() {
    log.start();
    thread.start();
  }

  /** Takes a call. Never blocks. */
  void add(WriteCall call) {
    queue.add(call);
  }

  /**
   * Has the spool's own content written and synced. The future fails with a {@link SpoolException}.
   */
  CompletableFuture<@Nullable Void> write(OwnWrite.Content content) {
    OwnWrite own = new OwnWrite(content, new CompletableFuture<>());
    queue.addOwn(own);
    return own.done();
  }

  /** Returns how many buffered writes were at risk when the log failed. */
  long atRisk() {
    return unsynced.atRisk();
  }

  /** Returns how many groups of calls were written. */
  long groups() {
    return groups.getAcquire();
  }

  /** Returns how often the log was synced. */
  long syncs() {
    return log.syncs();
  }

  /** Returns how many groups had to wait until RocksDB took them. */
  long stalls() {
    return stalls.getAcquire();
  }

  /**
   * Finishes what was handed over, syncs, and ends the thread.
   *
   * @return false if it has not ended by the deadline; nothing that it uses may be freed then
   * @throws SpoolException if what was acknowledged could not be synced
   */
  boolean stop(Deadline deadline) {
    stopDeadline = deadline;
    queue.close();
    if (!Threads.join(thread, deadline.remaining())) {
      return false;
    }
    if (!log.stop(deadline)) {
      return false;
    }
    batch.close();
    options.close();
    SpoolException failure = endFailure;
    if (failure != null) {
      throw failure;
    }
    return true;
  }

  private void run() {
    Group group = new Group();
    boolean goesOn = true;
    while (goesOn) {
      try {
        goesOn = next(group);
      } catch (Throwable t) {
        // Not even that could be told, for want of memory: the upkeep finds out what follows, and
        // without this thread nothing would ever be written again.
        Scarcity.pause();
      }
    }
    syncAtEnd();
  }

  /** Does what is next, or sleeps until there is something; returns false at the end. */
  private boolean next(Group group) {
    if (!group.isEmpty()) { // those that could not be told
      group.failAll(
          new SpoolIOException("writing failed, for want of memory", Outcome.UNKNOWN, null));
    }
    OwnWrite own = queue.pollOwn();
    if (own != null) {
      commitOwn(own);
    } else if (queue.hasCalls()) {
      commitNext(group);
    } else if (queue.isClosed()) {
      return false;
    } else {
      queue.sleep();
    }
    return true;
  }

  private void commitOwn(OwnWrite own) {
    try {
      commit(own);
    } catch (Throwable t) {
      try {
        failed(t);
      } finally { // somebody waits, and nobody else tells
        tell(own, t);
      }
    }
  }

  private static void tell(OwnWrite own, Throwable why) {
    while (!own.done().isDone()) {
      try {
        own.done()
            .completeExceptionally(
                new SpoolIOException("writing failed: " + why, Outcome.UNKNOWN, why));
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  /** Says so, and goes on: without this thread nothing would ever be written again. */
  private void failed(Throwable t) {
    LOG.error("spool {}: the committer failed, and goes on", context.name(), t);
    context.failed(IoFailures.ofWrite(t), "the committer failed: " + t, t);
  }

  /**
   * Takes calls up only when there is a handle to write them to: until then they can be withdrawn.
   */
  private void commitNext(Group group) {
    try {
      DbLease lease = lease();
      patient = lease != null;
      if (lease == null) {
        queue.failAll(group, closedForNow(Outcome.NOT_APPLIED));
        return;
      }
      lease.close();
      queue.take(group);
      commit(group);
    } catch (Throwable t) {
      failed(t);
      // Nobody else completes these.
      group.failAll(new SpoolIOException("writing failed: " + t, Outcome.UNKNOWN, t));
    }
  }

  /** Waits for a handle that can be written to once, and no more until there was one. */
  private @Nullable DbLease lease() {
    return patient && !queue.isClosed() ? slot.awaitWritable() : slot.tryWritable();
  }

  private static SpoolException closedForNow(Outcome outcome) {
    return new SpoolIOException(
        "nothing is written until the database was opened again after a failure", outcome, null);
  }

  /**
   * Writes a group; on return each of its members has its result. Members are removed from it as
   * they get theirs.
   */
  private void commit(Group group) {
    try {
      Outcome outcome =
          Outcome.NOT_APPLIED; // of those still in the group, if they are given up now
      for (int attempt = 1; !group.isEmpty(); attempt++) {
        group.fill(batch);
        Failed failed = write(group, outcome);
        if (failed != null) {
          outcome = Outcome.UNKNOWN;
          failed(group, failed, attempt);
        }
      }
    } catch (RocksDBException e) {
      // The batch could not even be made.
      group.failAll(RocksFailures.typed("making a batch", Outcome.UNKNOWN, e));
    } finally {
      recycleBatch();
    }
  }

  /** A write that failed, on a handle that is barred since. */
  private record Failed(DbHandle handle, Throwable why) {}

  /**
   * Writes the batch, and tries again while RocksDB would have to wait. Returns null when each
   * member has its result.
   *
   * @param givenUp the outcome if there is no handle to write to
   */
  private @Nullable Failed write(Group group, Outcome givenUp) {
    Stall stall = stall();
    while (true) {
      DbLease lease = lease();
      if (lease == null) {
        group.failAll(closedForNow(givenUp));
        return null;
      }
      try {
        writes.write(lease.db(), options, batch);
      } catch (RocksDBException e) {
        lease.close();
        if (!RocksFailures.isStall(e)) {
          return barred(lease.handle(), e);
        }
        stall.met(e);
        if (stall.pause()) {
          continue;
        }
        group.failAll(
            new BackpressureTimeoutException("RocksDB has taken no writes for too long", givenUp));
        return null;
      } catch (RuntimeException | Error e) {
        lease.close();
        return barred(lease.handle(), e);
      }
      stall.over();
      succeeded(group, lease);
      return null;
    }
  }

  private Failed barred(DbHandle handle, Throwable why) {
    handle.bar(why);
    log.loseUnsynced(why);
    return new Failed(handle, why);
  }

  /**
   * Fails the members of a group that could not be written, but those that are worth another
   * attempt.
   */
  private void failed(Group group, Failed failed, int attempt) {
    String tried = "writing a group of " + group.size();
    failures.writeFailed(tried, failed.why);
    SpoolException typed = RocksFailures.typed(tried, Outcome.UNKNOWN, failed.why);
    boolean noRoom = failed.why instanceof RocksDBException e && RocksFailures.isNoSpace(e);
    if (noRoom && attempt < ATTEMPTS_FOR_ROOM) {
      group.failStores(typed); // removals go on
    } else {
      group.failAll(typed);
    }
    failures.mend(failed.handle, failed.why);
  }

  private void recycleBatch() {
    if (batch.getDataSize() > KEPT_BATCH_BYTES) {
      WriteBatch fresh = new WriteBatch(); // first: a batch that is closed must never be used
      batch.close();
      batch = fresh;
    } else {
      batch.clear();
    }
  }

  /**
   * The batch is with the operating system. Takes the lease over; the group is empty afterwards.
   */
  private void succeeded(Group group, DbLease lease) {
    boolean leaseIsMine = true;
    try {
      groups.setRelease(groups.getPlain() + 1);
      List<WriteCall> done = group.of(Durability.BUFFERED);
      List<WriteCall> waiting = group.of(Durability.SYNC);
      unsynced.add(done.size());
      Throwable failed = lease.handle().barred();
      if (failed != null) { // by the sync of what came before, while this was written
        log.loseUnsynced(failed);
        String tried = "writing beside something that failed";
        failures.failedBefore(tried, failed);
        group.failAll(RocksFailures.typed(tried, Outcome.UNKNOWN, failed));
        return;
      }
      WriteCall.succeedAll(done);
      if (!waiting.isEmpty()) {
        // Nobody else writes: that is the number of this batch.
        long sequence = lease.db().getLatestSequenceNumber();
        LogSync.Written written = new LogSync.Written(lease, sequence, unsynced.mark(), waiting);
        leaseIsMine = false;
        sync(written);
      }
      group.clear(); // last: whoever is left when this fails is told so
    } finally {
      if (leaseIsMine) {
        lease.close();
      }
    }
  }

  /** Beside the next group if there is one, and at once if there is nothing else to do. */
  private void sync(LogSync.Written written) {
    if (!queue.hasCalls() && log.isIdle()) {
      log.settle(written);
    } else {
      log.handOver(written);
    }
  }

  private void commit(OwnWrite own) {
    log.awaitIdle();
    Stall stall = stall();
    boolean answered = false;
    while (!answered) {
      answered = commit(own, stall);
    }
  }

  /** Returns false if RocksDB would have to wait, so that it is to be tried again. */
  private boolean commit(OwnWrite own, Stall stall) {
    DbLease lease = lease();
    if (lease == null) {
      own.done().completeExceptionally(closedForNow(Outcome.NOT_APPLIED));
      return true;
    }
    DbHandle handle = lease.handle();
    Throwable failure;
    Step step = Step.MAKING;
    try (lease) {
      batch.clear();
      own.content().addTo(batch, lease);
      step = Step.WRITING;
      writes.write(lease.db(), options, batch);
      step = Step.SYNCING;
      failure = log.sync(lease, lease.db().getLatestSequenceNumber(), unsynced.mark());
    } catch (RocksDBException | RuntimeException | Error e) {
      failure = e;
      if (step != Step.MAKING && !isStall(step, e)) {
        failure = barred(handle, e).why;
      }
    } finally {
      recycleBatch();
    }
    if (isStall(step, failure) && failure instanceof RocksDBException e) {
      stall.met(e);
      if (stall.pause()) {
        return false;
      }
      own.done().completeExceptionally(RocksFailures.typed(OWN, Outcome.NOT_APPLIED, e));
      return true;
    }
    stall.over();
    answer(own, handle, step, failure);
    return true;
  }

  private static boolean isStall(Step step, @Nullable Throwable failure) {
    return step == Step.WRITING
        && failure instanceof RocksDBException e
        && RocksFailures.isStall(e);
  }

  /** How far a write of the spool's own has come. */
  private enum Step {
    MAKING,
    WRITING,
    SYNCING
  }

  private void answer(OwnWrite own, DbHandle handle, Step step, @Nullable Throwable failure) {
    if (failure == null) {
      own.done().complete(null);
      return;
    }
    switch (step) {
      case MAKING, WRITING -> failures.writeFailed(OWN, failure);
      case SYNCING -> failures.syncFailed(OWN, failure);
    }
    Outcome outcome = step == Step.MAKING ? Outcome.NOT_APPLIED : Outcome.UNKNOWN;
    own.done().completeExceptionally(RocksFailures.typed(OWN, outcome, failure));
    if (step == Step.WRITING) { // before that the log is as it was
      failures.mend(handle, failure);
    }
  }

  private void syncAtEnd() {
    log.awaitIdle();
    long left = unsynced.left();
    if (left == 0) {
      return;
    }
    DbLease lease = slot.tryWritable();
    if (lease == null) { // it was closed, to be opened again, and could not be
      endFailure = notSynced(left, "the database is not open", null);
      return;
    }
    try (lease) {
      Throwable failure = log.sync(lease, lease.db().getLatestSequenceNumber(), unsynced.mark());
      if (failure != null) {
        context.health().syncFailed("syncing the log at the end", failure);
        endFailure = notSynced(left, failure.toString(), failure);
      }
    }
  }

  private SpoolException notSynced(long left, String why, @Nullable Throwable cause) {
    return new SpoolIOException(
        "the spool "
            + context.name()
            + " is closed, and "
            + left
            + " buffered writes could not be synced: "
            + why,
        Outcome.UNKNOWN,
        cause);
  }

  private Stall stall() {
    return new Stall(context, stalls, this::isStopOverdue);
  }

  private boolean isStopOverdue() {
    Deadline end = stopDeadline;
    return end != null && end.isExpired();
  }
}
