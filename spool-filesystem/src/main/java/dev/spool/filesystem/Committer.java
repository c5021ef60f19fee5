package dev.spool.filesystem;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.IoFailures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that changes names. It takes whatever writes have come, carries them out, forces each
 * directory that needs it once, and completes them: so stores that are under way together share the
 * forces.
 *
 * <p>All fields belong to that thread, but for the queue and the counters.
 */
final class Committer {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

  /** The most writes in a group, so that the first one does not wait for too many others. */
  private static final int LARGEST_GROUP = 1024;

  private final FileLayout layout;
  private final MessageFiles files;
  private final Presence presence;
  private final TemporaryFiles temporaries;
  private final BufferedFiles buffered;
  private final WriteOrder order;
  private final EngineContext context;
  private final Faults faults;
  private final Thread thread;

  /** What has come; null is the end. Bounded by what admission lets in. */
  private final LinkedBlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();

  /** Carried out, to be completed when their slot was forced. */
  private final SortedMap<Integer, List<PendingWrite>> unforced = new TreeMap<>();

  private final LongAdder groups = new LongAdder();
  private final LongAdder directoryForces = new LongAdder();
  private final LongAdder stores = new LongAdder();
  private final LongAdder removals = new LongAdder();

  /** A write, or the end if there is none. */
  private record Arrival(@Nullable PendingWrite write) {}

  Committer(
      FileLayout layout,
      MessageFiles files,
      Presence presence,
      TemporaryFiles temporaries,
      BufferedFiles buffered,
      WriteOrder order,
      EngineContext context,
      Faults faults) {
    this.layout = layout;
    this.files = files;
    this.presence = presence;
    this.temporaries = temporaries;
    this.buffered = buffered;
    this.order = order;
    this.context = context;
    this.faults = faults;
    this.thread = context.threads().thread("committer", this::run);
  }

  void start() {
    thread.start();
  }

  /** Takes a removal, or a store that a writer is done with. Returns at once. */
  void add(PendingWrite write) {
    arrivals.add(new Arrival(write));
  }

  private void run() {
    List<Arrival> group = new ArrayList<>();
    boolean more = true;
    while (more) {
      group.clear();
      group.add(takeArrival());
      arrivals.drainTo(group, LARGEST_GROUP - 1);
      more = commit(group);
    }
  }

  private Arrival takeArrival() {
    while (true) {
      try {
        return arrivals.take();
      } catch (InterruptedException e) {
        // Nobody has any business to interrupt this thread; it goes on.
        LOG.debug("interrupted", e);
      }
    }
  }

  private boolean commit(List<Arrival> group) {
    boolean more = true;
    for (Arrival arrival : group) {
      if (arrival.write == null) {
        more = false;
      } else {
        arrived(arrival.write);
      }
    }
    forceAndComplete();
    groups.increment();
    return more;
  }

  /** Carries out a write, and those that had waited for it; or lets it wait. */
  private void arrived(PendingWrite first) {
    if (first.blocked) {
      first.arrived = true;
      return;
    }
    Deque<PendingWrite> todo = new ArrayDeque<>();
    todo.add(first);
    for (PendingWrite write = todo.poll(); write != null; write = todo.poll()) {
      carryOut(write);
      PendingWrite next = order.leave(write);
      if (next != null && next.arrived) {
        todo.add(next);
      }
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
      write.failed(faults.unexpected("writing " + write.id(), e));
    }
    if (write.state == PendingWrite.State.FAILED) {
      fail(write, write.failure);
    } else if (write.state == PendingWrite.State.READY && write.isSync()) {
      unforced.computeIfAbsent(FileLayout.slot(write.id()), slot -> new ArrayList<>()).add(write);
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
    if (refusal != null || temporary == null) {
      // Latched since the file was written: nothing new gets a name on a storage that fails.
      temporaries.abandon(
          write, refusal == null ? faults.unexpected("storing", new AssertionError()) : refusal);
      return;
    }
    try {
      files.place(temporary, write.id());
    } catch (IOException e) {
      Path file = layout.file(write.id());
      temporaries.abandon(
          write, faults.writing("cannot rename " + temporary + " to " + file, outcome(e), e));
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
      if (files.remove(write.id())) {
        removals.increment();
      } else {
        presence.check();
      }
      buffered.remove(write.id());
    } catch (IOException e) {
      write.failed(faults.writing("cannot delete " + layout.file(write.id()), outcome(e), e));
    }
  }

  /**
   * A device that fails may have done what was asked of it; a clear refusal has changed nothing.
   */
  private static Outcome outcome(IOException failure) {
    return IoFailures.ofWrite(failure) == FailureClass.FATAL
        ? Outcome.UNKNOWN
        : Outcome.NOT_APPLIED;
  }

  private void forceAndComplete() {
    if (unforced.isEmpty()) {
      return;
    }
    SpoolException namesFailed = forceSlotNames();
    unforced.forEach(
        (slot, writes) -> {
          SpoolException failure = force(slot);
          complete(writes, failure == null ? namesFailed : failure);
        });
    unforced.clear();
  }

  private @Nullable SpoolException forceSlotNames() {
    try {
      files.forceSlotNames();
      return null;
    } catch (IOException e) {
      return faults.forcingDirectory(layout.data(), e);
    } catch (RuntimeException | Error e) {
      return faults.unexpected("forcing " + layout.data(), e);
    }
  }

  private @Nullable SpoolException force(int slot) {
    try {
      directoryForces.increment();
      files.force(slot);
      return null;
    } catch (IOException e) {
      return faults.forcingDirectory(layout.directory(slot), e);
    } catch (RuntimeException | Error e) {
      return faults.unexpected("forcing " + layout.directory(slot), e);
    }
  }

  private void complete(List<PendingWrite> writes, @Nullable SpoolException failure) {
    for (PendingWrite write : writes) {
      if (failure == null) {
        write.call().succeed();
      } else {
        write.call().fail(failure);
      }
    }
    if (failure == null) {
      context.health().suspectCleared();
    }
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
    arrivals.add(new Arrival(null));
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
