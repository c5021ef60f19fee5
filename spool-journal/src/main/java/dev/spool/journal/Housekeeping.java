package dev.spool.journal;

import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.support.EngineContext;
import dev.spool.support.Scarcity;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
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

  /** Made at the opening: what is linked while the heap is full may fail until the process ends. */
  private final Runnable pausing = pace::await;

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
        new BackgroundCompaction(context, rules, job -> hand(background, job), this::isIdle);
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
      boolean unused = segment.hasTombstones(pool.presence());
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

  /** Has another thread do something, and this one go on with what comes of it. */
  private void hand(Janitor worker, BackgroundJob job) {
    Committer thread = committer;
    if (thread == null) {
      throw new IllegalStateException("not started");
    }
    worker.add(new Handed(thread, job));
    jobs++;
  }

  /** A job on its way: to another thread, and back. */
  private final class Handed implements Runnable {
    private final Committer thread;
    private final BackgroundJob job;
    private final Runnable end = new End(this);

    /** Written by the other thread, before it hands this back. */
    private @Nullable Throwable failure;

    Handed(Committer thread, BackgroundJob job) {
      this.thread = thread;
      this.job = job;
    }

    @Override
    public void run() {
      try {
        job.work();
      } catch (Throwable e) {
        failure = e;
      }
      report();
    }

    /** This is what the committer waits for, however long there is no memory for it. */
    private void report() {
      boolean reported = false;
      while (!reported) {
        try {
          thread.post(end);
          reported = true;
        } catch (OutOfMemoryError | InternalError e) {
          Scarcity.await(e);
        }
      }
    }

    private void end() {
      jobs--;
      Throwable why = failure;
      if (why == null) {
        job.done();
      } else {
        job.failed(why instanceof IOException io ? io : new IOException(why));
      }
    }
  }

  /** What is left of a job for the committer's thread. */
  private static final class End implements Runnable {
    private final Handed handed;

    End(Handed handed) {
      this.handed = handed;
    }

    @Override
    public void run() {
      handed.end();
    }
  }

  /** One that writes. */
  private abstract class Writing extends BackgroundJob {
    final Journal journal;
    private final String tried;

    Writing(Journal journal, String tried) {
      this.journal = journal;
      this.tried = tried;
    }

    @Override
    final void failed(IOException why) {
      undone();
      var unused = Faults.writeFailed(context, tried, Outcome.NOT_APPLIED, why, journal.isBroken());
    }

    /** Goes on without what could not be done. */
    abstract void undone();
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
      hand(background, new Seal(journal, next));
    }
  }

  /** Seals a segment that is full. */
  private final class Seal extends BackgroundJob {
    private final Journal journal;
    private final Sealing sealing;

    Seal(Journal journal, Sealing sealing) {
      this.journal = journal;
      this.sealing = sealing;
    }

    @Override
    void work() throws IOException {
      sealing.complete();
    }

    @Override
    void done() {
      noteSealed(journal);
    }

    @Override
    void failed(IOException why) {
      noteSealed(journal);
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
      Ending ending = new Ending(journal, segment, keep);
      renewing += keep ? 1 : 0;
      deleting += ending.deleted;
      hand(janitor, ending);
    }
  }

  /** Ends the life of a segment. */
  private final class Ending extends Writing {
    private final Segment segment;
    private final boolean keep;

    /** Bytes that there will be less. */
    final long deleted;

    /** Its next life. Written by the janitor. */
    private @Nullable Segment next;

    Ending(Journal journal, Segment segment, boolean keep) {
      super(journal, "cannot end the life of " + segment);
      this.segment = segment;
      this.keep = keep;
      this.deleted = keep ? 0 : segment.length();
    }

    @Override
    void work() throws IOException {
      next = journal.end(segment, keep);
    }

    @Override
    void done() {
      renewing -= keep ? 1 : 0;
      deleting -= deleted;
      journal.ended(segment, next);
      ended.setRelease(ended.getPlain() + 1);
    }

    @Override
    void undone() {
      journal.breakDown(segment);
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

  private void supply(Journal journal) {
    while (journal.pool().preparedCount() + preparing < PREPARED) {
      Segment free = journal.pool().handOut();
      if (free == null) {
        break;
      }
      preparing++;
      hand(janitor, new Preparing(journal, free));
    }
    while (spare(journal) < SPARE && System.nanoTime() - retryAt >= 0) {
      making++;
      hand(maker, new Making(journal));
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

  /** Lets records be written into a segment that is free. */
  private final class Preparing extends Writing {
    private final Segment free;

    /** What became of it. Written by the janitor. */
    private @Nullable Segment ready;

    Preparing(Journal journal, Segment free) {
      super(journal, "cannot prepare " + free);
      this.free = free;
    }

    @Override
    void work() throws IOException {
      ready = journal.segments().activate(free);
    }

    @Override
    void done() {
      preparing--;
      if (ready != null) {
        journal.pool().handBack(free, ready);
      }
    }

    @Override
    void undone() {
      preparing--;
      journal.breakDown(free);
    }
  }

  /** Makes a segment. */
  private final class Making extends Writing {
    /** Written by the maker. */
    private @Nullable Segment made;

    Making(Journal journal) {
      super(journal, "cannot make a segment");
    }

    @Override
    void work() throws IOException {
      pace.begin();
      Segments segments = journal.segments();
      made = segments.make(SegmentHeader.State.FREE, segments.length(), pausing);
    }

    @Override
    void done() {
      making--;
      journal.pool().diskIsFull(false);
      if (made != null) {
        journal.pool().addFree(made);
      }
    }

    @Override
    void undone() {
      making--;
      journal.pool().diskIsFull(true);
      retryAt = System.nanoTime() + RETRY_NANOS;
    }
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
