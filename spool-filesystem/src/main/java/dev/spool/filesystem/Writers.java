package dev.spool.filesystem;

import dev.spool.Deadline;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSync;
import dev.spool.support.EngineContext;
import dev.spool.support.Scarcity;
import dev.spool.support.Workers;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that write messages into temporary files and force them, and then carry the stores
 * out, by the {@link Committer}. Small durable ones go in {@link Waves}; large ones, and those that
 * need not be forced, each go their own way.
 *
 * <p>They also keep the set of unforced files bounded: whoever has added one too many forces the
 * oldest.
 */
final class Writers {
  private static final Logger LOG = LoggerFactory.getLogger(Writers.class);

  /** Larger ones take their own time, and nobody waits for them. */
  private static final int LARGEST_OF_A_WAVE = 1 << 20;

  /** Bounded by what admission lets in. */
  private static final int MOST_WAITING = 1 << 30;

  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Disk disk;
  private final FileLayout layout;
  private final TemporaryFiles temporaries;
  private final BufferedFiles buffered;
  private final EngineContext context;
  private final Faults faults;
  private final Committer committer;
  private final Workers threads;
  private final Waves<PendingWrite> waves;

  /** Stores that go their own way, and are under way. */
  private final AtomicInteger alone = new AtomicInteger();

  private final LongAdder forces = new LongAdder();
  private final LongAdder forcedAtOnce = new LongAdder();
  private final LongAdder atRisk = new LongAdder();

  Writers(
      Disk disk,
      FileLayout layout,
      TemporaryFiles temporaries,
      BufferedFiles buffered,
      EngineContext context,
      Faults faults,
      int threads,
      Committer committer) {
    this.disk = disk;
    this.layout = layout;
    this.temporaries = temporaries;
    this.buffered = buffered;
    this.context = context;
    this.faults = faults;
    this.committer = committer;
    this.threads =
        new Workers(
            context.threads().numbered("writer"),
            threads + Waves.LEADERS, // who leads is not to keep everything else from a thread
            MOST_WAITING,
            IDLE_NANOS);
    this.waves = new Waves<>(this.threads, threads, new WaveSteps());
  }

  /** Takes a store. Returns at once; whatever happens, the committer gets it. */
  void add(PendingWrite write) {
    if (write.isSync() && write.length() <= LARGEST_OF_A_WAVE) {
      waves.add(write);
      return;
    }
    try {
      threads.execute(() -> carryOut(write));
    } catch (Throwable e) {
      noThread(write, e);
    }
  }

  private void noThread(PendingWrite write, Throwable e) {
    giveUp(write, e);
    committer.add(write);
  }

  /** Those of a wave. */
  private final class WaveSteps implements Waves.Steps<PendingWrite> {
    @Override
    public int length(PendingWrite store) {
      return store.length();
    }

    @Override
    public boolean write(PendingWrite store) {
      return prepare(store);
    }

    @Override
    public @Nullable DiskSync openSync() {
      if (alone.get() > 0) {
        return null; // it would wait for what they have written
      }
      try {
        return disk.openSync(layout.temporaries());
      } catch (RuntimeException | Error e) {
        return null; // then each is forced by itself
      }
    }

    @Override
    public void force(PendingWrite store) {
      Writers.this.force(store);
    }

    @Override
    public void forced(PendingWrite store) {
      try {
        forcedAtOnce.increment();
        temporaries.forced(store);
      } catch (Throwable e) {
        Writers.this.giveUp(store, e);
      }
    }

    @Override
    public void commit(List<PendingWrite> stores) {
      committer.commit(stores);
    }

    @Override
    public void giveUp(PendingWrite store, Throwable why) {
      noThread(store, why);
    }
  }

  /** A store on its own: a large one, or one that need not be forced. */
  private void carryOut(PendingWrite write) {
    alone.incrementAndGet();
    try {
      writeAndCommit(write);
    } finally {
      alone.decrementAndGet();
    }
    forceExcess();
  }

  private void writeAndCommit(PendingWrite write) {
    if (prepare(write)) {
      force(write);
    } else {
      close(write);
    }
    committer.commit(write);
  }

  private void close(PendingWrite write) {
    try {
      temporaries.close(write);
    } catch (Throwable e) {
      giveUp(write, e);
    }
  }

  private void force(PendingWrite write) {
    try {
      forces.increment();
      temporaries.force(write);
    } catch (Throwable e) {
      giveUp(write, e);
    }
  }

  /** Takes a store up, and writes its file. Returns whether that has to be forced. */
  private boolean prepare(PendingWrite write) {
    try {
      return write.join() && writeJoined(write);
    } catch (Throwable e) {
      giveUp(write, e);
      return false;
    }
  }

  /** Never throws: what it cannot tell for want of memory, the committer tells. */
  private void giveUp(PendingWrite write, Throwable e) {
    if (write.state != PendingWrite.State.WAITING || write.join()) {
      write.state = PendingWrite.State.FAILED; // first: it must not be taken for stored
      try {
        temporaries.abandon(write, faults.unexpected("storing " + write.id(), e));
      } catch (Throwable t) {
        // The file is left to the next opening, which sweeps it.
      }
    }
  }

  private boolean writeJoined(PendingWrite write) {
    SpoolException refusal = context.health().refusal();
    byte[] message = write.call().data();
    if (refusal != null || message == null) {
      write.failed(refusal == null ? faults.unexpected("storing", new AssertionError()) : refusal);
      return false;
    }
    boolean force;
    try {
      force = write.isSync() || mayReplace(write);
    } catch (IOException e) {
      write.failed(
          faults.writing("cannot look for", write.id(), SpoolException.Outcome.NOT_APPLIED, e));
      return false;
    }
    temporaries.write(write, message, force);
    return force && write.open != null;
  }

  /**
   * Tells whether there may be an older value when this one gets its name. A write that nothing is
   * before of has the name to itself from here on, so that what is not there now will not be.
   */
  private boolean mayReplace(PendingWrite write) throws IOException {
    return write.blocked || disk.exists(layout.file(write.id()));
  }

  private void forceExcess() {
    SpoolId oldest = buffered.takeExcess();
    if (oldest != null) {
      var unused = force(oldest);
    }
  }

  /**
   * Forces the files of all buffered messages.
   *
   * @param deadline when to stop
   * @return the last failure, or null if all were forced
   * @throws SpoolException if the deadline has passed
   */
  @Nullable SpoolException forceBuffered(@Nullable Deadline deadline) {
    SpoolException failure = null;
    // Those that cannot be opened now are put back, and must not be met again in this round.
    for (int left = buffered.size(); left > 0; left--) {
      SpoolId id = buffered.take();
      if (id == null) {
        break;
      }
      if (deadline != null && deadline.isExpired()) {
        SpoolException late =
            new SpoolException(
                "the spool was not closed in time",
                buffered.size() + 1 + " buffered messages in " + layout.root() + " were not synced",
                SpoolException.Outcome.UNKNOWN,
                null);
        if (failure != null) {
          late.addSuppressed(failure);
        }
        throw late;
      }
      SpoolException failed = force(id);
      failure = failed == null ? failure : failed;
    }
    return failure;
  }

  /** Forces the file of a message that was taken out of the buffered ones. */
  private @Nullable SpoolException force(SpoolId id) {
    boolean underWay = false;
    try (DiskFile file = disk.openWrite(layout.file(id))) {
      forces.increment();
      underWay = true;
      file.force(false);
      underWay = false;
    } catch (Throwable e) {
      if (underWay) {
        return forceFailed(id, e);
      }
      return e instanceof NoSuchFileException ? null : putBack(id, e); // null: removed meanwhile
    }
    return null;
  }

  /** It is final, whatever its closing says: a second force would succeed without the message. */
  private SpoolException forceFailed(SpoolId id, Throwable why) {
    SpoolException failure = faults.forcing(id, why); // first: there may be no memory for the rest
    try {
      atRisk.increment();
      LOG.warn("message {} was stored without sync, and may be lost: {}", id, why.toString());
    } catch (OutOfMemoryError | InternalError e) {
      // It is told nevertheless, and the other files are to be forced.
    }
    return failure;
  }

  /** Nothing was forced, or all of it: the next force is to be believed. */
  private SpoolException putBack(SpoolId id, Throwable why) {
    boolean added = false;
    while (!added) { // nobody else knows of it
      try {
        buffered.add(id);
        added = true;
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
    return why instanceof IOException failure
        ? faults.reading("cannot open", layout.file(id), failure)
        : faults.unexpected("forcing " + id, why);
  }

  /** Returns how many files were forced with others by one call. */
  long forcedAtOnce() {
    return forcedAtOnce.sum();
  }

  /** Returns how many forces of files there were. */
  long forces() {
    return forces.sum();
  }

  /** Returns how many buffered messages could not be forced afterwards. */
  long atRisk() {
    return atRisk.sum();
  }

  /** Ends the threads, and waits until they have done what they have. */
  void stop() {
    threads.end();
    threads.awaitEnd();
  }
}
