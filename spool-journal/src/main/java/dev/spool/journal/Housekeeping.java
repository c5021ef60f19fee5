package dev.spool.journal;

import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.support.EngineContext;
import dev.spool.support.Scarcity;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that there are segments to write to: ends what is not needed any more, keeps some
 * prepared and some in reserve, and has {@link BackgroundCompaction} compact.
 *
 * <p>It decides on the committer's thread, to which all of its fields belong; the janitor does what
 * takes long.
 */
final class Housekeeping implements Committer.Upkeep {
  private static final int PREPARED = 2;
  private static final int SPARE = 4;

  /** More segments than these are deleted and not kept. */
  private static final int MOST_SPARE = 8;

  private static final long FIGURES_NANOS = Duration.ofMillis(200).toNanos();
  private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

  private final EngineContext context;

  /** The bytes of segments that are kept, whether they are needed or not. */
  private final long kept;

  private final Janitor janitor;
  private final Janitor maker;
  private final Janitor background;
  private final BackgroundCompaction compaction;
  private final MakingPace pace = new MakingPace();

  private @Nullable Committer committer;

  /** Bytes of the segments that the janitor is about to delete. */
  private long deleting;

  /** Jobs of the janitor that will bring a free, or a prepared, segment. */
  private int making;

  private int renewing;

  private int preparing;

  /** Jobs of the janitor that are not done. */
  private int jobs;

  private long retryAt = System.nanoTime();

  private long nextFigures = System.nanoTime();

  /** Whether something may have changed since {@link #figures} were counted. */
  private boolean uncounted;

  /** Those of the journals that broke, and were opened again. */
  private @Nullable SegmentFigures before;

  // For any thread to read, written by the committer's.
  private final AtomicLong ended = new AtomicLong();
  private volatile @Nullable SegmentFigures figures;

  /**
   * @param kept the bytes of segments that are kept, whether they are needed or not
   * @param janitor ends and prepares segments, which takes some syncs
   * @param maker makes segments, which takes writing all of them
   * @param background reads what may have to be copied, and seals what is full
   */
  Housekeeping(
      EngineContext context,
      Rules rules,
      long kept,
      Janitor janitor,
      Janitor maker,
      Janitor background) {
    this.context = context;
    this.kept = kept;
    this.janitor = janitor;
    this.maker = maker;
    this.background = background;
    this.compaction =
        new BackgroundCompaction(
            context,
            rules,
            (work, then, failed) ->
                hand(
                    background,
                    () -> {
                      work.run();
                      return true;
                    },
                    done -> then.run(),
                    failed),
            this::isIdle);
  }

  /** To be called before the committer's thread runs. */
  void start(Committer thread) {
    committer = thread;
    began(thread.journal());
    figures = SegmentFigures.of(thread.journal());
  }

  @Override
  public boolean run(Journal journal, boolean busy) throws IOException {
    seal(journal);
    compaction.settle(journal, busy);
    endSegments(journal);
    supply(journal);
    long now = System.nanoTime();
    if (now - nextFigures >= 0) {
      nextFigures = now + FIGURES_NANOS;
      figures = count(journal);
      uncounted = false;
    } else {
      uncounted = true;
    }
    return compaction.run(journal, busy, isRoomWanted(journal));
  }

  /** What the tombstones name that the opening has found may be gone long since. */
  private void began(Journal journal) {
    SegmentPool pool = journal.pool();
    for (Segment segment : pool.present()) {
      boolean unused = segment.hasTombstones(pool::isPresent);
    }
    compaction.start(journal);
  }

  @Override
  public boolean isUnfinished() {
    return uncounted;
  }

  private SegmentFigures count(Journal journal) {
    SegmentFigures now = SegmentFigures.of(journal);
    return before == null ? now : now.after(before);
  }

  /** Work of the janitor's. */
  private interface Work<T> {
    T run() throws IOException;
  }

  /** Has another thread do something, and this one go on with what comes of it. */
  private <T> void hand(
      Janitor worker, Work<T> work, Consumer<T> then, Consumer<IOException> failed) {
    Committer thread = committer;
    if (thread == null) {
      throw new IllegalStateException("not started");
    }
    worker.add(new Job<>(thread, work, then, failed));
    jobs++;
  }

  /** Something that another thread does, and what this one does then. */
  private final class Job<T> implements Runnable {
    private final Committer thread;
    private final Work<T> work;
    private final Consumer<T> then;
    private final Consumer<IOException> failed;

    Job(Committer thread, Work<T> work, Consumer<T> then, Consumer<IOException> failed) {
      this.thread = thread;
      this.work = work;
      this.then = then;
      this.failed = failed;
    }

    @Override
    public void run() {
      T result = null;
      Throwable failure = null;
      try {
        result = work.run();
      } catch (Throwable e) {
        failure = e;
      }
      report(result, failure);
    }

    /** This is what the committer waits for, however long there is no memory for it. */
    private void report(@Nullable T result, @Nullable Throwable failure) {
      boolean reported = false;
      while (!reported) {
        try {
          thread.post(() -> end(result, failure));
          reported = true;
        } catch (OutOfMemoryError | InternalError e) {
          Scarcity.await(e);
        }
      }
    }

    @SuppressWarnings("NullAway") // the result is what the work has returned
    private void end(@Nullable T result, @Nullable Throwable failure) {
      jobs--;
      if (failure == null) {
        then.accept(result);
      } else {
        failed.accept(failure instanceof IOException io ? io : new IOException(failure));
      }
    }
  }

  /** As {@link #hand}, for what writes. */
  private <T> void handWriting(
      Journal journal,
      Janitor worker,
      String tried,
      Work<T> work,
      Consumer<T> then,
      Consumer<IOException> failed) {
    hand(
        worker,
        work,
        then,
        failure -> {
          failed.accept(failure);
          var unused =
              Faults.writeFailed(context, tried, Outcome.NOT_APPLIED, failure, journal.isBroken());
        });
  }

  @Override
  public boolean isPressing() {
    return compaction.isPressing();
  }

  @Override
  public boolean isIdle() {
    return jobs == 0;
  }

  private void seal(Journal journal) throws IOException {
    for (Sealing next = journal.takeSealing(); next != null; next = journal.takeSealing()) {
      Sealing sealing = next;
      hand(
          background,
          () -> {
            sealing.complete();
            return sealing;
          },
          done -> noteSealed(journal),
          failure -> noteSealed(journal));
    }
  }

  /** What failed there fails here, too. */
  private void noteSealed(Journal journal) {
    try {
      if (!journal.isBroken()) {
        journal.noteSealed();
      }
    } catch (IOException e) {
      var unused =
          Faults.writeFailed(
              context, "cannot seal a segment", Outcome.UNKNOWN, e, journal.isBroken());
    } catch (RuntimeException | Error e) {
      var unused = Faults.unexpected(context, "cannot seal a segment", e);
    }
  }

  private void endSegments(Journal journal) {
    for (Segment segment : journal.takeEnding()) {
      boolean keep =
          spare(journal) < (isRoomWanted(journal) ? SPARE : MOST_SPARE)
              || journal.pool().bytes() - deleting <= kept;
      long length = keep ? 0 : segment.length();
      renewing += keep ? 1 : 0;
      deleting += length;
      handWriting(
          journal,
          janitor,
          "cannot end the life of " + segment,
          () -> new Ended(journal.end(segment, keep)),
          next -> {
            renewing -= keep ? 1 : 0;
            deleting -= length;
            journal.ended(segment, next.segment());
            ended.setRelease(ended.getPlain() + 1);
          },
          failure -> journal.breakDown(segment));
    }
  }

  /** Returns how many segments there are to be used, or will be soon. */
  private int spare(Journal journal) {
    return journal.pool().freeCount()
        + journal.pool().preparedCount()
        + preparing
        + renewing
        + making;
  }

  private record Ended(@Nullable Segment segment) {}

  private void supply(Journal journal) {
    while (journal.pool().preparedCount() + preparing < PREPARED) {
      Segment free = journal.pool().handOut();
      if (free == null) {
        break;
      }
      prepare(journal, free);
    }
    while (spare(journal) < SPARE && System.nanoTime() - retryAt >= 0) {
      make(journal);
    }
    pace.hurry(journal.pool().freeCount() + journal.pool().preparedCount() < SPARE - 1);
  }

  @Override
  public void written(Journal journal) throws IOException {
    pace.appended(journal.appended());
    compaction.written(journal, isRoomWanted(journal));
  }

  @Override
  public boolean isOwed(Journal journal) {
    return compaction.isOwed(journal);
  }

  /** Somebody waits until what is being made is done. For any thread. */
  void hurry() {
    pace.hurry(true);
  }

  private void prepare(Journal journal, Segment free) {
    preparing++;
    handWriting(
        journal,
        janitor,
        "cannot prepare " + free,
        () -> journal.segments().activate(free),
        next -> {
          preparing--;
          journal.pool().handBack(free, next);
        },
        failure -> {
          preparing--;
          journal.breakDown(free);
        });
  }

  private void make(Journal journal) {
    making++;
    handWriting(
        journal,
        maker,
        "cannot make a segment",
        () -> {
          pace.begin();
          Segments segments = journal.segments();
          return segments.make(SegmentHeader.State.FREE, segments.length(), pace::await);
        },
        next -> {
          making--;
          journal.pool().diskIsFull(false);
          journal.pool().addFree(next);
        },
        failure -> {
          making--;
          journal.pool().diskIsFull(true);
          retryAt = System.nanoTime() + RETRY_NANOS;
        });
  }

  /** Whether stores are refused for want of room, or nothing more could be made. */
  private boolean isRoomWanted(Journal journal) {
    return context.health().refusal() instanceof SpoolFullException
        || (journal.pool().isDiskFull()
            && journal.pool().freeCount() + journal.pool().preparedCount() < PREPARED);
  }

  /** Returns what compacts. */
  BackgroundCompaction compaction() {
    return compaction;
  }

  /** Another journal takes the place of the one that broke. */
  void forget(Journal broken, Journal next) {
    before = count(broken);
    began(next);
    compaction.forget();
    making = 0;
    deleting = 0;
    renewing = 0;
    preparing = 0;
  }

  /** Returns the segments as they were a moment ago; null before the start. For any thread. */
  @Nullable SegmentFigures figures() {
    return figures;
  }

  long ended() {
    return ended.getAcquire();
  }
}
