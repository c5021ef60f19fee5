package dev.spool.journal;

import dev.spool.SpoolClosedException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.support.EngineContext;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that there are segments to write to: ends what is not needed any more, keeps some
 * prepared and some in reserve, and compacts when too much of the journal is garbage.
 *
 * <p>It decides on the committer's thread, to which all of its fields belong; the janitor does what
 * takes long.
 */
final class Housekeeping implements Committer.Upkeep {
  private static final int PREPARED = 2;
  private static final int SPARE = 4;

  /** More segments than these are deleted and not kept. */
  private static final int MOST_SPARE = 8;

  /** As much of a segment may be needed for it to be compacted by itself. */
  private static final double NEEDED = 0.6;

  /** The same when room is wanted. */
  private static final double NEEDED_IF_SHORT = 0.9;

  /** The journal is compacted when it is that many times as long as what is needed of it. */
  private static final double AMPLIFICATION = 1.4;

  /**
   * And this many segments longer than that: most of a spool's messages are about to be removed,
   * and their segments with them; copying what is left of a young one is copying for nothing.
   */
  private static final int FEW = 4;

  private static final long PIECE = 256 << 10;

  /** How long copies may wait for somebody else's sync. */
  private static final long SETTLE_NANOS = Duration.ofMillis(50).toNanos();

  private static final long FIGURES_NANOS = Duration.ofMillis(200).toNanos();
  private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

  private final EngineContext context;
  private final Rules rules;

  /** The bytes of segments that are kept, whether they are needed or not. */
  private final long kept;

  private final Janitor janitor;
  private final Janitor maker;
  private final Janitor background;
  private final MakingPace pace = new MakingPace();

  private @Nullable Committer committer;
  private @Nullable Compaction compaction;

  /** Whether there is reading for a compaction just now. */
  private boolean reading;

  /** Whether copies wait for a sync, and until when. */
  private boolean unsettled;

  private long settleAt = System.nanoTime();

  /** What a compaction of everything has still to do. */
  private final Set<Segment> wanted = new HashSet<>();

  /** What the last compaction of everything found damaged. */
  private Set<Compaction> broken = new HashSet<>();

  /** Whether somebody waits for the compaction of everything. */
  private boolean awaited;

  /** Whether nobody shall wait for that any more; set once, by whoever closes the spool. */
  private volatile boolean closing;

  /** What the last compaction of everything could not go on for. */
  private @Nullable IOException failure;

  /** Bytes of the segments that the janitor is about to delete. */
  private long deleting;

  /** Jobs of the janitor that will bring a free, or a prepared, segment. */
  private int making;

  private int renewing;

  private int preparing;

  /** Jobs of the janitor that are not done. */
  private int jobs;

  private long retryAt = System.nanoTime();
  private long compactAt = System.nanoTime();

  private long nextFigures = System.nanoTime();

  /** Whether something may have changed since {@link #figures} were counted. */
  private boolean uncounted;

  /** Those of the journals that broke, and were opened again. */
  private @Nullable SegmentFigures before;

  // For any thread to read, written by the committer's.
  private final AtomicLong compactions = new AtomicLong();
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
    this.rules = rules;
    this.kept = kept;
    this.janitor = janitor;
    this.maker = maker;
    this.background = background;
  }

  /** To be called before the committer's thread runs. */
  void start(Committer thread) {
    committer = thread;
    figures = SegmentFigures.of(thread.journal());
  }

  @Override
  public boolean run(Journal journal, boolean busy) throws IOException {
    seal(journal);
    settle(journal, busy);
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
    return compact(journal);
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
    jobs++;
    worker.add(
        () -> {
          Committer.Task<Boolean> next;
          try {
            T result = work.run();
            next =
                () -> {
                  then.accept(result);
                  return true;
                };
          } catch (Throwable e) {
            IOException why = e instanceof IOException io ? io : new IOException(e);
            next =
                () -> {
                  failed.accept(why);
                  return true;
                };
          }
          Committer.Task<Boolean> last = next;
          var unused =
              thread.run(
                  () -> {
                    jobs--;
                    return last.run();
                  });
        });
  }

  /** As {@link #hand}, for what writes. */
  private <T> void handWriting(
      Janitor worker, String tried, Work<T> work, Consumer<T> then, Consumer<IOException> failed) {
    hand(
        worker,
        work,
        then,
        failure -> {
          failed.accept(failure);
          var unused = context.writeFailed(tried, Outcome.NOT_APPLIED, failure);
        });
  }

  @Override
  public boolean isPressing() {
    return compaction != null || reading;
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
    } catch (SyncFailure e) {
      var unused = Faults.syncFailed(context, "cannot seal a segment", e);
    } catch (IOException e) {
      var unused = context.writeFailed("cannot seal a segment", Outcome.UNKNOWN, e);
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
  public void appended(long bytes) {
    pace.appended(bytes);
  }

  /** Somebody waits until what is being made is done. For any thread. */
  void hurry() {
    pace.hurry(true);
  }

  private void prepare(Journal journal, Segment free) {
    preparing++;
    handWriting(
        janitor,
        "cannot prepare " + free,
        () -> journal.segments().activate(free),
        next -> {
          preparing--;
          journal.pool().handBack(next);
        },
        failure -> {
          preparing--;
          journal.breakDown(free);
        });
  }

  private void make(Journal journal) {
    making++;
    handWriting(
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

  // Compaction

  /** Copies a piece, and has the next one read meanwhile; returns whether it copied anything. */
  private boolean compact(Journal journal) throws IOException {
    if (reading || System.nanoTime() - compactAt < 0) {
      return false;
    }
    Compaction running = compaction;
    if (running == null) {
      Segment next = next(journal);
      if (next != null) {
        begin(journal, next);
      }
      return false;
    }
    if (append(journal, running)) {
      compaction = null;
      wanted.remove(running.segment());
      if (running.damaged() != null) {
        broken.add(running);
      }
      compactions.setRelease(compactions.getPlain() + 1);
      unsettled = true;
      settleAt = System.nanoTime() + SETTLE_NANOS;
      return true;
    }
    if (running.isAppended()) {
      readPiece(running);
      return true;
    }
    return false;
  }

  private void begin(Journal journal, Segment next) {
    reading = true;
    hand(
        background,
        () -> {
          Compaction begun = Compaction.begin(journal, rules, next);
          begun.read(PIECE);
          return begun;
        },
        begun -> {
          reading = false;
          compaction = begun;
        },
        failure -> {
          reading = false;
          cannotRead(next, failure);
        });
  }

  private void readPiece(Compaction running) {
    reading = true;
    hand(
        background,
        () -> {
          running.read(PIECE);
          return running;
        },
        read -> reading = false,
        failure -> {
          reading = false;
          compaction = null;
          cannotRead(running.segment(), failure);
        });
  }

  /**
   * What was emptied can end after a sync. Usually that of the next group will do; if none comes,
   * or somebody waits, it has one of its own.
   */
  private void settle(Journal journal, boolean busy) throws IOException {
    if (!unsettled) {
      return;
    }
    if (!journal.isDirty()) {
      unsettled = false;
    } else if (!busy || awaited || journal.pool().isShort() || System.nanoTime() - settleAt >= 0) {
      unsettled = false;
      journal.force();
    }
  }

  /** A segment that cannot be read now stays as it is; one that has ended meanwhile need not be. */
  private void cannotRead(Segment segment, IOException why) {
    if (segment.ending) {
      wanted.remove(segment);
      return;
    }
    segment.stuck = true;
    giveUpAll(why);
    var unused = context.readFailed("cannot read " + segment, why);
  }

  /** Whoever waits for everything is told; what was begun goes on. */
  private void giveUpAll(IOException why) {
    if (awaited) {
      awaited = false;
      wanted.clear();
      failure = why;
    }
  }

  /**
   * If there is no room for copies now, there may be later; and soon if segments are just ending,
   * which this has emptied.
   */
  private boolean append(Journal journal, Compaction running) throws IOException {
    if (journal.pool().isOut() && !isIdle()) {
      return false;
    }
    try {
      return running.append();
    } catch (IOException e) {
      if (!journal.isBroken() && !isIdle()) {
        return false;
      }
      giveUpAll(e);
      if (journal.isBroken()) {
        throw e;
      }
      compactAt = System.nanoTime() + RETRY_NANOS;
      var unused = context.writeFailed("cannot compact", Outcome.NOT_APPLIED, e);
      return false;
    }
  }

  private @Nullable Segment next(Journal journal) {
    wanted.removeIf(each -> each.ending || each.damaged || each.stuck);
    for (Segment each : wanted) {
      return each;
    }
    long all = 0;
    long needed = 0;
    for (Segment segment : journal.pool().present()) {
      if (segment.sealed && !segment.ending) {
        all += segment.length();
        needed += segment.neededBytes();
      }
    }
    if (isRoomWanted(journal)) {
      return Compaction.candidate(journal, NEEDED_IF_SHORT).orElse(null);
    }
    return all > needed * AMPLIFICATION + (double) FEW * journal.segments().length()
        ? Compaction.candidate(journal, NEEDED).orElse(null)
        : null;
  }

  /** Whether stores are refused for want of room, or nothing more could be made. */
  private boolean isRoomWanted(Journal journal) {
    return context.health().refusal() instanceof SpoolFullException
        || (journal.pool().isDiskFull()
            && journal.pool().freeCount() + journal.pool().preparedCount() < PREPARED);
  }

  /** Wants everything compacted that has garbage in it. */
  void wantAll(Journal journal) {
    broken = new HashSet<>();
    failure = null;
    awaited = true;
    for (Segment segment : journal.pool().present()) {
      if (segment.sealed
          && !segment.ending
          && segment.neededBytes() < segment.length() * 0.9
          && Compaction.isWorthwhile(journal, segment)) {
        wanted.add(segment);
      }
    }
  }

  /**
   * Tells whether nothing is left that was wanted, and the segments have ended.
   *
   * @throws IOException if that will not be
   */
  boolean isDone() throws IOException {
    if (closing) {
      throw new SpoolClosedException(context.name());
    }
    if (failure != null) {
      throw failure;
    }
    boolean done = wanted.isEmpty() && compaction == null && !unsettled && isIdle();
    awaited &= !done;
    return done;
  }

  /** The spool is closing: whoever waits for the compaction of everything is told. */
  void closing() {
    closing = true;
  }

  /** Returns what could not be compacted since everything was wanted. */
  Set<Compaction> broken() {
    return broken;
  }

  /** Another journal takes the place of the one that broke. */
  void forget(Journal broken) {
    before = count(broken);
    compaction = null;
    reading = false;
    unsettled = false;
    wanted.clear();
    giveUpAll(new IOException("the journal broke, and was opened again"));
    making = 0;
    deleting = 0;
    renewing = 0;
    preparing = 0;
  }

  /** Returns the segments as they were a moment ago; null before the start. For any thread. */
  @Nullable SegmentFigures figures() {
    return figures;
  }

  long compactions() {
    return compactions.getAcquire();
  }

  long ended() {
    return ended.getAcquire();
  }
}
