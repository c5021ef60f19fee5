package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.IoFailures;
import dev.spool.support.Scarcity;
import dev.spool.support.WriteCall;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Carries writes out: gives files their names, takes names away, forces the directories, and
 * completes the calls.
 *
 * <p>A store is carried out by the thread that has written its file, a removal by a thread of this
 * object's own. Directories are forced by one of these threads at a time, whichever comes when
 * nobody does; the others leave their writes to it, and go on. It takes whatever has come, forces
 * each directory once, and completes them: so stores that are under way together share the forces,
 * and one that is alone is not handed to another thread.
 *
 * <p>Thread-safe.
 */
final class Committer {
  /** The most writes of this object's thread before their directories are forced. */
  private static final int LARGEST_GROUP = 1024;

  private final FileLayout layout;
  private final MessageFiles files;
  private final DirectoryForces forces;
  private final Presence presence;
  private final TemporaryFiles temporaries;
  private final BufferedFiles buffered;
  private final RecycledFiles recycled;
  private final WriteOrder order;
  private final EngineContext context;
  private final Faults faults;
  private final Thread thread;

  /**
   * What this object's thread has to carry out; null is the end. Bounded by what admission lets in.
   * To take something out needs no memory, and what could not be put in is not there.
   */
  private final ConcurrentLinkedQueue<Arrival> arrivals = new ConcurrentLinkedQueue<>();

  /** Whether the end was among them. Belongs to this object's thread. */
  private boolean ended;

  /** Carried out, to be completed when their slot was forced. */
  @GuardedBy("this")
  private SortedMap<Integer, List<PendingWrite>> unforced = new TreeMap<>();

  /**
   * Stored, and not forced yet; and whether the message was removed since, by a call that came
   * later.
   */
  @GuardedBy("this")
  private final Map<SpoolId, Boolean> removedSince = new HashMap<>();

  /** How many times the forcing was asked for and not seen yet; above 0 somebody is at it. */
  private final AtomicInteger forcing = new AtomicInteger();

  private final LongAdder groups = new LongAdder();
  private final LongAdder directoryForces = new LongAdder();
  private final LongAdder stores = new LongAdder();
  private final LongAdder removals = new LongAdder();

  /** A write, or the end if there is none. */
  private record Arrival(@Nullable PendingWrite write) {}

  Committer(
      FileLayout layout,
      MessageFiles files,
      DirectoryForces forces,
      Presence presence,
      TemporaryFiles temporaries,
      BufferedFiles buffered,
      RecycledFiles recycled,
      WriteOrder order,
      EngineContext context,
      Faults faults) {
    this.layout = layout;
    this.files = files;
    this.forces = forces;
    this.presence = presence;
    this.temporaries = temporaries;
    this.buffered = buffered;
    this.recycled = recycled;
    this.order = order;
    this.context = context;
    this.faults = faults;
    this.thread = context.threads().thread("committer", this::run);
  }

  void start() {
    thread.start();
  }

  /** Takes a removal, or a store that cannot be written; or null, the end. Returns at once. */
  void add(@Nullable PendingWrite write) {
    boolean added = false;
    while (!added) {
      try {
        added = arrivals.add(new Arrival(write));
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
    LockSupport.unpark(thread);
  }

  /** Carries out stores whose files are written, or that have failed, on the calling thread. */
  void commit(List<PendingWrite> stores) {
    for (int i = 0; i < stores.size(); i++) {
      arrived(stores.get(i));
    }
    forceAndComplete();
  }

  /** Likewise, one store. */
  void commit(PendingWrite store) {
    arrived(store);
    forceAndComplete();
  }

  private void run() {
    while (!ended) {
      carryOut(awaitArrival());
      boolean unused = carryOutArrivals();
      forceAndComplete();
    }
  }

  private Arrival awaitArrival() {
    Arrival next = arrivals.poll();
    while (next == null) {
      LockSupport.park(this);
      boolean unused = Thread.interrupted(); // nobody has any business to
      next = arrivals.poll();
    }
    return next;
  }

  /** Carries out what has arrived; tells whether there was anything. */
  private boolean carryOutArrivals() {
    int count = 0;
    while (count < LARGEST_GROUP) {
      Arrival next = arrivals.poll();
      if (next == null) {
        break;
      }
      carryOut(next);
      count++;
    }
    return count > 0;
  }

  private void carryOut(Arrival arrival) {
    if (arrival.write == null) {
      ended = true;
    } else {
      arrived(arrival.write);
    }
  }

  /** Carries out a write, and those that had waited for it; or lets it wait. */
  private void arrived(PendingWrite first) {
    PendingWrite write = order.arrive(first) ? first : null;
    while (write != null) {
      carryOut(write);
      write = order.leave(write);
    }
  }

  private void carryOut(PendingWrite write) {
    try {
      if (write.isRemoval()) {
        remove(write);
      } else if (write.state == PendingWrite.State.READY) {
        place(write);
      }
    } catch (Throwable e) {
      write.state = PendingWrite.State.FAILED;
      tellUnexpected(write, e);
    }
    boolean settled = false;
    while (!settled) { // nobody else has it
      try {
        settle(write);
        settled = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  private void tellUnexpected(PendingWrite write, Throwable why) {
    try {
      write.failed(faults.unexpected("writing " + write.id(), why));
    } catch (OutOfMemoryError | InternalError e) {
      // Its caller is told nevertheless.
    }
  }

  /** Ends the call, or leaves it to the next force of its directory. May be tried again. */
  private void settle(PendingWrite write) {
    if (write.state == PendingWrite.State.FAILED) {
      fail(write, write.failure);
    } else if (write.state == PendingWrite.State.READY && write.isSync()) {
      addUnforced(write);
    } else if (write.state == PendingWrite.State.READY) {
      write.call().succeed();
    }
  }

  private static void fail(PendingWrite write, @Nullable SpoolException why) {
    write
        .call()
        .fail(
            why == null
                ? new SpoolException("the call failed", "unknown", Outcome.UNKNOWN, null)
                : why);
  }

  private void place(PendingWrite write) {
    Path temporary = write.temporary;
    SpoolException refusal = context.health().refusal();
    if (refusal != null || temporary == null || (write.isSync() && !write.forced)) {
      // Latched since the file was written: nothing new gets a name on a storage that fails.
      // Nor does what was not forced, however that came to be.
      temporaries.abandon(
          write, refusal == null ? faults.unexpected("storing", new AssertionError()) : refusal);
      return;
    }
    try {
      write.change = files.place(temporary, write.id());
    } catch (IOException e) {
      temporaries.abandon(
          write, faults.writing("cannot rename a file to", write.id(), outcome(e), e));
      return;
    }
    if (write.forced) {
      buffered.remove(write.id());
    } else {
      buffered.add(write.id());
    }
    stores.increment();
  }

  private void remove(PendingWrite write) {
    if (!write.join()) {
      return;
    }
    try {
      write.change = takeName(write.id());
      if (write.change != NameChanges.NONE) {
        removals.increment();
        noteRemoval(write.id());
      } else {
        presence.check();
      }
      buffered.remove(write.id());
    } catch (IOException e) {
      write.failed(faults.writing("cannot delete", write.id(), outcome(e), e));
    }
  }

  /** A spool that sheds keeps nothing: it may be full. */
  private long takeName(SpoolId id) throws IOException {
    return (recycled.isOn() && context.health().refusal() == null)
        ? files.recycle(id)
        : files.remove(id);
  }

  /**
   * A device that fails may have done what was asked of it; a clear refusal has changed nothing.
   */
  private static Outcome outcome(IOException failure) {
    return IoFailures.ofWrite(failure) == FailureClass.FATAL
        ? Outcome.UNKNOWN
        : Outcome.NOT_APPLIED;
  }

  private synchronized void noteRemoval(SpoolId id) {
    removedSince.replace(id, true);
  }

  private synchronized void addUnforced(PendingWrite write) {
    if (!write.isRemoval()) {
      removedSince.put(write.id(), false);
    }
    unforced.computeIfAbsent(FileLayout.slot(write.id()), slot -> new ArrayList<>()).add(write);
  }

  private synchronized SortedMap<Integer, List<PendingWrite>> takeUnforced() {
    SortedMap<Integer, List<PendingWrite>> next = new TreeMap<>(); // first: there may be no memory
    SortedMap<Integer, List<PendingWrite>> taken = unforced;
    unforced = next;
    return taken;
  }

  /** Forces what is to be forced, or leaves it to the thread that is at it already. */
  private void forceAndComplete() {
    if (forcing.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      forceAll();
      if (Thread.currentThread() == thread && carryOutArrivals()) {
        // Removals do not wait until no store comes any more; theirs is the next round.
        forcing.incrementAndGet();
      }
      seen = forcing.addAndGet(-seen);
    } while (seen != 0);
  }

  /** Never throws: nobody would force anything any more if this thread left. */
  private void forceAll() {
    SortedMap<Integer, List<PendingWrite>> group = null;
    Throwable why = null;
    boolean done = false;
    while (!done) {
      try {
        if (group == null) {
          group = takeUnforced();
        }
        if (why == null) {
          forceAndComplete(group);
        } else {
          failAll(group, why);
        }
        done = true;
      } catch (Throwable e) {
        why = group == null ? null : e;
        Scarcity.pause();
      }
    }
  }

  private void failAll(SortedMap<Integer, List<PendingWrite>> group, Throwable why) {
    group.values().forEach(this::forgetForced);
    SpoolException failure = faults.unexpected("completing writes", why);
    group.values().forEach(writes -> writes.forEach(write -> write.call().fail(failure)));
  }

  private void forceAndComplete(SortedMap<Integer, List<PendingWrite>> group) {
    recycled.dueSlots().forEach(slot -> group.computeIfAbsent(slot, none -> new ArrayList<>()));
    if (group.isEmpty()) {
      return;
    }
    groups.increment();
    SpoolException names = null;
    for (Map.Entry<Integer, List<PendingWrite>> entry : group.entrySet()) {
      int slot = entry.getKey();
      List<PendingWrite> writes = entry.getValue();
      Path directory = layout.directory(slot); // first: there may be no memory
      List<Path> covered = recycled.forcing(slot);
      SpoolException failure = forceDirectory(slot, directory, writes);
      long making = forces.lastMaking(slot);
      if (names == null) {
        names = forceSlotNames();
      }
      failure = failure == null ? names : failure;
      if (failure == null && recycled.isOn()) {
        recycled.forced(covered);
      } else {
        // Whether their old names are durably gone is not known, and never will be.
        recycled.forget(covered);
        covered.forEach(temporaries::discard);
      }
      complete(slot, making, writes, failure);
    }
  }

  /**
   * Forces the names of slots that were made. Behind the force of a slot: what that has forced may
   * be a directory that was made again meanwhile, and without its name the old one could come back,
   * with all that had been removed from it.
   */
  private @Nullable SpoolException forceSlotNames() {
    try {
      forces.forceSlotNames();
      return null;
    } catch (IOException | RuntimeException | Error e) {
      return faults.forcingDirectory(layout.data(), e);
    }
  }

  private @Nullable SpoolException forceDirectory(
      int slot, Path directory, List<PendingWrite> writes) {
    try {
      directoryForces.increment();
      if (!forces.force(slot)) {
        failStores(slot, writes);
      }
      return null;
    } catch (IOException | RuntimeException | Error e) {
      return faults.forcingDirectory(directory, e);
    }
  }

  /**
   * Somebody has removed the directory in which stores had their names, and with it all that had
   * not been removed by calls that came later.
   */
  private void failStores(int slot, List<PendingWrite> writes) {
    writes.removeIf(
        write -> {
          if (write.isRemoval() || wasRemovedSince(write.id())) {
            return false;
          }
          NoSuchFileException gone = new NoSuchFileException(layout.directory(slot).toString());
          write.call().fail(faults.writing("cannot store", write.id(), Outcome.UNKNOWN, gone));
          return true;
        });
  }

  /** Of one that was not, nothing is known any more: it has failed. */
  private synchronized boolean wasRemovedSince(SpoolId id) {
    boolean removed = removedSince.getOrDefault(id, false);
    if (!removed) {
      removedSince.remove(id);
    }
    return removed;
  }

  private void complete(
      int slot, long making, List<PendingWrite> writes, @Nullable SpoolException failure) {
    forgetForced(writes);
    if (failure == null) {
      long lost = forces.lost(slot, making);
      writes.removeIf(write -> failIfLost(write, lost));
      WriteCall.succeedAll(writes.stream().map(PendingWrite::call).toList());
    } else {
      writes.forEach(write -> write.call().fail(failure));
    }
  }

  private boolean failIfLost(PendingWrite write, long lost) {
    if (write.change > lost) {
      return false;
    }
    write.call().fail(faults.lost(layout.file(write.id())));
    return true;
  }

  /**
   * An id may have been stored again meanwhile: its next force then knows of no removal, and says
   * UNKNOWN where it might have known better.
   */
  private synchronized void forgetForced(List<PendingWrite> writes) {
    writes.forEach(write -> removedSince.remove(write.id()));
  }

  long groups() {
    return groups.sum();
  }

  long directoryForces() {
    return directoryForces.sum();
  }

  long stores() {
    return stores.sum();
  }

  long removals() {
    return removals.sum();
  }

  /** Ends the thread, and waits until it has done what it has. */
  void stop() {
    add(null);
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
