package dev.spool.journal;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.IoFailures;
import dev.spool.support.Scarcity;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that writes: takes what has come as a group, appends it, and syncs once for all
 * members that want it. Between groups it looks after the segments.
 *
 * <p>A buffered removal alone wakes nobody for up to a millisecond: it goes with the next group, or
 * with all removals of that time.
 *
 * <p>{@link #add} and {@link #run(String, Task)} are for any thread, the rest belongs to the
 * committer's.
 */
final class Committer {
  private static final int GROUP_CALLS = 4096;
  private static final long GROUP_BYTES = 8L << 20;

  /** From this on the device takes a buffered group faster than the page cache does. */
  private static final long LARGE_GROUP = 256L << 10;

  /** How long a buffered removal waits for company, at most. */
  private static final long DOZE_NANOS = 1_000_000;

  /** It waits no longer when nobody has come for so long, or so many have. */
  private static final long SLICE_NANOS = 50_000;

  private static final int COMPANY = 32;

  /** How long a group waits to be as large as those before, at most. */
  private static final long GATHER_NANOS = 60_000;

  /** It waits no longer when nobody has come for so long. */
  private static final long QUIET_NANOS = 15_000;

  private static final long UPKEEP_NANOS = 20_000_000;

  /** How often there is upkeep while there is a compaction: a piece of it each time. */
  private static final long PACE_NANOS = 2_000_000;

  /** After how long without anything to do there is upkeep once more. */
  private static final long QUIET_UPKEEP_NANOS = 250_000_000;

  private static final long RELIEF_NANOS = 100_000;

  /** How long a group waits for copies, whatever holds these up. */
  private static final long LONGEST_COPIES_NANOS = 50_000_000;

  /** After how long without a call copies go on. */
  private static final long QUIET_COPIES_NANOS = 250_000;

  private static final int QUEUE_CHUNK = 1024;

  /** What the committer does when nobody wants anything, or has not for a while. */
  interface Upkeep {
    /**
     * Does a bit; returns whether there is more to be done at once.
     *
     * @param busy whether there are groups to be written
     */
    boolean run(Journal journal, boolean busy) throws IOException;

    /** Is told that a group was written, and does the bit that is due for it. */
    void written(Journal journal) throws IOException;

    /** Tells whether the next group should wait until more of this was done. */
    boolean isOwed(Journal journal);

    /** Tells whether it should be done more often than usual. */
    boolean isPressing();

    /** Tells whether it wants to be done once more when nothing has happened for a while. */
    boolean isUnfinished();

    /** Tells whether no other thread is about to bring anything. */
    boolean isIdle();
  }

  /** Something else that has to be done by this thread. */
  interface Task<T> {
    T run() throws Exception;
  }

  private enum State {
    AWAKE,
    /** Waits for company for a buffered removal. */
    DOZING,
    ASLEEP
  }

  private final EngineContext context;
  private final Upkeep upkeep;
  private final Thread thread;

  /** Holds no more than the calls that admission lets in. */
  private final MessagePassingQueue<WriteCall> queue =
      new MpscUnboundedAtomicArrayQueue<>(QUEUE_CHUNK);

  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();

  /** Written by the committer; read by those who may have to wake it. */
  private volatile State state = State.AWAKE;

  private volatile boolean stopping;

  /** Written by the committer; read by loads and scans. */
  private volatile Journal journal;

  // Counters: written by the committer.
  private final AtomicLong groups = new AtomicLong();
  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong syncs = new AtomicLong();
  private final AtomicLong syncNanos = new AtomicLong();
  private final AtomicLong atRisk = new AtomicLong();

  // The committer's own.

  /** Whether there was nothing to be done until just now. */
  private boolean woken;

  /** How many calls there were in the last two groups. */
  private int previous;

  private int beforePrevious;

  /** What has come: none of them is taken up. */
  private final Queue<WriteCall> group = new ArrayDeque<>(GROUP_CALLS);

  /** Those that were taken up, and have no result yet. None of these lists ever has to grow. */
  private final List<WriteCall> synced = new ArrayList<>(GROUP_CALLS);

  private final List<WriteCall> buffered = new ArrayList<>(GROUP_CALLS);

  private long groupBytes;

  /** Buffered writes that were acknowledged, and that no sync covers. */
  private long unsynced;

  private long nextUpkeep = System.nanoTime();

  // Made at the opening: what is linked while the heap is full may fail until the process ends.
  private final Attempt writing = this::write;
  private final Attempt forcing = this::force;

  Committer(EngineContext context, Journal journal, Upkeep upkeep) {
    this.context = context;
    this.journal = journal;
    this.upkeep = upkeep;
    this.thread = context.threads().thread("committer", this::run);
  }

  void start() {
    thread.start();
  }

  Journal journal() {
    return journal;
  }

  /** Puts another journal in the place of one that broke. On the committer's thread. */
  void replace(Journal next) {
    journal = next;
    lose();
  }

  /** Takes a call. Never blocks. */
  void add(WriteCall call) {
    queue.offer(call);
    State seen = state;
    if (seen == State.ASLEEP || (seen == State.DOZING && !canWait(call))) {
      LockSupport.unpark(thread);
    }
  }

  private static boolean canWait(WriteCall call) {
    return call.data() == null && call.durability() == Durability.BUFFERED;
  }

  private boolean canAllWait() {
    for (WriteCall call : group) {
      if (!canWait(call)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Runs something on the committer's thread; the future completes there. If that has left the
   * journal broken the spool's health was told, and the future fails with what callers are told.
   *
   * @param tried says what
   */
  <T> CompletableFuture<T> run(String tried, Task<T> task) {
    CompletableFuture<T> done = new CompletableFuture<>();
    tasks.add(new Request<>(this, tried, task, done));
    LockSupport.unpark(thread);
    return done;
  }

  /** No lambda: one that is linked while the heap is full may fail until the process ends. */
  private static final class Request<T> implements Runnable {
    private final Committer committer;
    private final String tried;
    private final Task<T> task;
    private final CompletableFuture<T> done;

    Request(Committer committer, String tried, Task<T> task, CompletableFuture<T> done) {
      this.committer = committer;
      this.tried = tried;
      this.task = task;
      this.done = done;
    }

    @Override
    public void run() {
      boolean whole = !committer.journal.isBroken();
      forgetInterrupt();
      try {
        done.complete(task.run());
      } catch (Throwable e) {
        // What leaves the journal broken is no matter of who has asked alone. It is told here, and
        // nowhere else: after the journal was opened again it would be taken for another failure.
        boolean breaks = committer.journal.isBroken() && (whole || e instanceof SyncFailure);
        Scarcity.fail(done, breaks ? committer.tell(tried, e) : e);
      }
    }
  }

  /** As {@link #run(String, Task)}; what it throws is a failure of the journal. */
  void post(Runnable task) {
    tasks.add(task);
    LockSupport.unpark(thread);
  }

  private void run() {
    boolean more = true;
    while (more) {
      boolean busy = false;
      try {
        busy = turn();
      } catch (IOException e) {
        var unused = tell(null, e);
      } catch (Throwable e) {
        journal.breakDown(null); // what was begun may be half done
        var unused = tell(null, e);
      }
      if (!busy && group.isEmpty()) {
        more = sleep();
      }
    }
  }

  /**
   * Tells what has failed, and those who wait for it. Tries until there is memory for that, which
   * those who fill the heap may give back at any time: nobody else knows of it, and without this
   * thread nothing would ever be written again.
   *
   * @param tried null: what this thread does by itself
   */
  private SpoolException tell(@Nullable String tried, Throwable failure) {
    while (true) {
      try { // a literal takes memory, too, the first time
        SpoolException typed = failed(tried == null ? "the journal's writer" : tried, failure);
        finish(synced, typed);
        finish(buffered, typed);
        return typed;
      } catch (Throwable e) {
        Scarcity.pause();
      }
    }
  }

  /** Does what there is to do; returns whether there may be more. */
  private boolean turn() throws IOException {
    forgetInterrupt();
    boolean busy = runTasks();
    take();
    if (!group.isEmpty()) {
      commit();
      if (!journal.isBroken()) {
        upkeep.written(journal);
        awaitCopies();
      }
      relieve();
      busy = true;
    }
    long now = System.nanoTime();
    if ((!busy || now - nextUpkeep >= 0 || journal.wantsSealing()) && !journal.isBroken()) {
      busy |= upkeep.run(journal, busy);
      nextUpkeep = now + (upkeep.isPressing() ? PACE_NANOS : UPKEEP_NANOS);
    }
    return busy;
  }

  private boolean runTasks() {
    boolean any = false;
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
      any = true;
    }
    return any;
  }

  /**
   * On a full disk nothing goes on faster than segments are emptied: else removals would use up
   * what compaction needs.
   */
  private void relieve() throws IOException {
    boolean more = true;
    while (more && !journal.isBroken() && journal.pool().isShort()) {
      boolean progress = upkeep.run(journal, false);
      if (!runTasks() && !progress) {
        more = !upkeep.isIdle();
        if (more) {
          park(RELIEF_NANOS);
        }
      }
    }
  }

  /**
   * Where there is more garbage than there should be, a group is followed by the copies that are
   * due for it: so many bytes for each of its own, and no more.
   */
  private void awaitCopies() throws IOException {
    long until = System.nanoTime() + LONGEST_COPIES_NANOS;
    while (!journal.isBroken() && upkeep.isOwed(journal) && System.nanoTime() - until < 0) {
      if (!runTasks() && !upkeep.run(journal, true)) {
        park(RELIEF_NANOS);
      }
    }
  }

  /** Sleeps until there is something; false if this is the end. */
  private boolean sleep() {
    state = State.ASLEEP;
    if (queue.isEmpty() && tasks.isEmpty()) {
      if (stopping) {
        return false;
      }
      if (upkeep.isPressing()) {
        park(QUIET_COPIES_NANOS);
      } else if (upkeep.isUnfinished()) {
        park(QUIET_UPKEEP_NANOS);
      } else {
        LockSupport.park(this);
        forgetInterrupt();
      }
      woken = true;
    }
    state = State.AWAKE;
    return true;
  }

  private void park(long nanos) {
    LockSupport.parkNanos(this, nanos);
    forgetInterrupt();
  }

  /**
   * Nobody has any business to interrupt this thread; left as it is, each park would end at once,
   * and each write would close its file, those of a journal that is opened again too.
   */
  private static void forgetInterrupt() {
    boolean unused = Thread.interrupted();
  }

  private void take() {
    groupBytes = 0;
    drain();
    if (!group.isEmpty() && !isFull() && !stopping) {
      if (canAllWait()) {
        awaitCompany();
      } else if (woken) {
        gather();
      }
    }
    woken = false;
    if (!group.isEmpty()) {
      beforePrevious = previous;
      previous = group.size();
    }
  }

  private boolean isFull() {
    return group.size() >= GROUP_CALLS || groupBytes >= GROUP_BYTES;
  }

  /** Takes what has come; returns whether there was anything. */
  private boolean drain() {
    int before = group.size();
    WriteCall call = isFull() ? null : queue.poll();
    while (call != null) {
      group.add(call);
      byte[] data = call.data();
      groupBytes += data == null ? 0 : data.length;
      call = isFull() ? null : queue.poll();
    }
    return group.size() > before;
  }

  /**
   * Callers whose calls were done together come back one after the other. Without this wait the
   * first of them, who has woken this thread, would get a sync of its own, and the rest would have
   * to wait for that, too.
   */
  @SuppressWarnings("ThreadPriorityCheck") // nothing depends on it but who goes first
  private void gather() {
    int expected = Math.max(previous, beforePrevious);
    long now = System.nanoTime();
    long until = now + GATHER_NANOS;
    long quiet = now + QUIET_NANOS;
    while (group.size() < expected && !isFull() && now - until < 0 && now - quiet < 0) {
      Thread.yield(); // they may need this processor
      now = System.nanoTime();
      if (drain()) {
        quiet = now + QUIET_NANOS;
      }
    }
  }

  /**
   * The group is of buffered removals only, to each of which a block of the disk is much. Whoever
   * removes one after the other, each when the one before is done, must not wait for long
   * nevertheless.
   */
  private void awaitCompany() {
    long until = System.nanoTime() + DOZE_NANOS;
    int before = -1;
    while (group.size() > before
        && group.size() < COMPANY
        && System.nanoTime() - until < 0
        && canAllWait()) {
      before = group.size();
      state = State.DOZING;
      if (queue.isEmpty() && tasks.isEmpty() && !stopping) {
        park(SLICE_NANOS);
      }
      state = State.AWAKE;
      drain();
    }
  }

  private void commit() {
    forgetInterrupt();
    journal.expect(hasSync(), groupBytes >= LARGE_GROUP);
    groups.setRelease(groups.getPlain() + 1);
    calls.setRelease(calls.getPlain() + group.size());
    for (WriteCall call : group) {
      journal.expect(call.id());
    }
    for (WriteCall call = group.poll(); call != null; call = group.poll()) {
      if (call.join()) {
        append(call, call.durability() == Durability.SYNC ? synced : buffered);
      }
    }
    SpoolException failure = attempt("cannot write to the journal", writing);
    unsynced += failure == null ? buffered.size() : 0;
    finish(buffered, failure);
    if (failure == null && !synced.isEmpty()) {
      long begun = System.nanoTime();
      failure = attempt("cannot sync the journal", forcing);
      syncNanos.setRelease(syncNanos.getPlain() + System.nanoTime() - begun);
      syncs.setRelease(syncs.getPlain() + 1);
      unsynced = failure == null ? 0 : unsynced;
    }
    finish(synced, failure);
  }

  private void write() throws IOException {
    journal.write();
  }

  private void force() throws IOException {
    journal.force();
  }

  private boolean hasSync() {
    for (WriteCall call : group) {
      if (call.durability() == Durability.SYNC) {
        return true;
      }
    }
    return false;
  }

  private static void finish(List<WriteCall> calls, @Nullable SpoolException failure) {
    if (failure == null) {
      WriteCall.succeedAll(calls);
    } else {
      for (WriteCall call : calls) {
        call.fail(failure);
      }
    }
    calls.clear();
  }

  /** Appends one call to the journal, and to those that wait; one that cannot be is failed. */
  private void append(WriteCall call, List<WriteCall> waiting) {
    waiting.add(call); // first: whatever happens, it is to have a result
    SpoolException failure = call.data() == null ? null : context.health().refusal();
    if (failure == null) {
      failure = tryToAppend(call);
    }
    if (failure != null) {
      call.fail(failure);
      waiting.remove(waiting.size() - 1);
    }
  }

  private @Nullable SpoolException tryToAppend(WriteCall call) {
    boolean whole = !journal.isBroken();
    byte[] data = call.data();
    try {
      if (data != null) {
        journal.store(call.id(), data);
      } else {
        boolean unused = journal.remove(call.id());
      }
      return null;
    } catch (IOException e) {
      return failed("cannot write message " + call.id(), e, whole);
    } catch (RuntimeException | Error e) {
      journal.breakDown(null);
      return failed("cannot write message " + call.id(), e);
    }
  }

  /** Something that may fail. */
  private interface Attempt {
    void run() throws IOException;
  }

  private @Nullable SpoolException attempt(String tried, Attempt attempt) {
    try {
      attempt.run();
      return null;
    } catch (IOException e) {
      return failed(tried, e, true);
    } catch (RuntimeException | Error e) {
      journal.breakDown(null);
      return failed(tried, e);
    }
  }

  /**
   * Reports what failed. What finds the journal broken is not reported again, unless the spool does
   * not know: then nobody would open it.
   */
  private SpoolException failed(String tried, IOException failure, boolean whole) {
    Outcome outcome = journal.isBroken() && whole ? Outcome.UNKNOWN : Outcome.NOT_APPLIED;
    if (!whole) {
      if (context.health().refusal() == null) {
        context.failed(FailureClass.FATAL, tried + ": " + failure, failure);
      }
      return IoFailures.typed(tried, outcome, failure);
    }
    if (journal.isBroken()) {
      lose();
    }
    return Faults.writeFailed(context, tried, outcome, failure, journal.isBroken());
  }

  /** What was acknowledged and is not synced is at risk. */
  private void lose() {
    atRisk.setRelease(atRisk.getPlain() + unsynced);
    unsynced = 0;
  }

  private SpoolException failed(String tried, Throwable failure) {
    return failure instanceof IOException io
        ? failed(tried, io, true)
        : Faults.unexpected(context, tried, failure);
  }

  long groups() {
    return groups.getAcquire();
  }

  long calls() {
    return calls.getAcquire();
  }

  long syncs() {
    return syncs.getAcquire();
  }

  long syncMillis() {
    return syncNanos.getAcquire() / 1_000_000;
  }

  long atRisk() {
    return atRisk.getAcquire();
  }

  /** Runs what has come since the thread has ended, on this one. */
  void runRest() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        journal.breakDown(null);
        var unused = failed("the end of the journal", e);
      }
    }
  }

  /** Ends the thread, and waits until it has done what it has. */
  void stop() {
    stopping = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
