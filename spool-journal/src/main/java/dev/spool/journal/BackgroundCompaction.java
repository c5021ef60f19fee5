package dev.spool.journal;

import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.IoFailures;
import dev.spool.support.Scarcity;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Compacts segments between groups: one thread reads ahead what may have to be copied, the
 * committer's, to which all fields belong, decides and appends. {@link CompactionPace} says when
 * and how much.
 */
final class BackgroundCompaction {
  /**
   * As much of a segment may be needed for it to be compacted: of all segments together less is,
   * while there is too much garbage.
   */
  static final double NEEDED = 0.76;

  /** The same when room is wanted, or all is to be compacted. */
  private static final double NEEDED_IF_SHORT = 0.9;

  /** The same of one with large messages, of which much stays empty however they are packed. */
  static final double NEEDED_OF_LARGE = 0.6;

  /** What is copied at once when no store has come for a while. */
  private static final long PIECE = 256 << 10;

  /** How long that while is. */
  private static final long QUIET_NANOS = 250_000;

  /** How long copies may wait for somebody else's sync, and how many segments. */
  private static final long SETTLE_NANOS = Duration.ofMillis(50).toNanos();

  private static final int SETTLE_SEGMENTS = 2;

  private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

  private static final Predicate<Segment> STAYS = new Stays(false);
  private static final Predicate<Segment> STAYS_OR_ENDS = new Stays(true);

  /** No lambda: one that cannot be linked here leaves the process without a spool. */
  private record Stays(boolean orEnds) implements Predicate<Segment> {
    @Override
    public boolean test(Segment each) {
      return each.damaged || each.stuck || (orEnds && each.ending);
    }
  }

  private final EngineContext context;
  private final Rules rules;
  private final Consumer<BackgroundJob> background;
  private final BooleanSupplier isIdle;
  private final CompactionPace pace = new CompactionPace();

  private @Nullable CompactionBatch batch;

  /** Whether there is reading just now. */
  private boolean reading;

  /** How many emptied segments wait for a sync, and until when. */
  private int unsettled;

  private long settleAt = System.nanoTime();

  /** What is to be emptied first: all that a compaction of everything has still to do. */
  private final Set<Segment> wanted = new HashSet<>();

  /** What it waits for: these have to end. */
  private final Set<Segment> asked = new HashSet<>();

  /** What the last compaction of everything found damaged. */
  private Set<Compaction> broken = new HashSet<>();

  /** Whether somebody waits for the compaction of everything. */
  private boolean awaited;

  /** Whether nobody shall wait for that any more; set once, by whoever closes the spool. */
  private volatile boolean closing;

  /** What the last compaction of everything could not go on for. */
  private @Nullable IOException failure;

  private long compactAt = System.nanoTime();

  /** When the last group was written. */
  private long writtenAt = System.nanoTime();

  /** Bytes that the journal had appended after the last group, and of copies since its opening. */
  private long appended;

  private final AtomicLong compactions = new AtomicLong();

  // Made at the opening: what is linked while the heap is full may fail until the process ends.
  private final Consumer<Compaction> emptying = this::emptied;

  /**
   * @param background has another thread do something
   * @param isIdle whether no other thread has anything to do for the journal
   */
  BackgroundCompaction(
      EngineContext context,
      Rules rules,
      Consumer<BackgroundJob> background,
      BooleanSupplier isIdle) {
    this.context = context;
    this.rules = rules;
    this.background = background;
    this.isIdle = isIdle;
  }

  /** To be called before anything else of a journal: what it has appended is nobody's store. */
  void start(Journal journal) {
    appended = journal.appended();
  }

  private boolean isUnderWay() {
    return batch != null || reading;
  }

  /** Tells whether there is something to be copied now. */
  boolean isPressing() {
    return isUnderWay() && System.nanoTime() - compactAt >= 0;
  }

  /** Tells whether the next group should wait. */
  boolean isOwed(Journal journal) {
    if (pace.isLate()) {
      pace.measure(journal);
    }
    return (pace.isLate() && !isIdle.getAsBoolean()) || (pace.isOwed() && isPressing());
  }

  /** A group was written: copies what is due for it. */
  void written(Journal journal, boolean roomIsWanted) throws IOException {
    writtenAt = System.nanoTime();
    pace.stored(journal.appended() - appended);
    appended = journal.appended();
    if (isUnderWay() || pace.isStale(journal.segments().length())) {
      boolean unused = go(journal, roomIsWanted, pace.credit());
    }
  }

  /** Copies what is due, and has more read; returns whether it copied anything. */
  boolean run(Journal journal, boolean busy, boolean roomIsWanted) throws IOException {
    boolean quiet = !busy && System.nanoTime() - writtenAt >= QUIET_NANOS;
    long least = quiet ? PIECE : 0;
    if (awaited) {
      least = CompactionBatch.BYTES; // all at once, as far as stores get their turn between
    }
    return go(journal, roomIsWanted, Math.max(least, pace.credit()));
  }

  private boolean go(Journal journal, boolean roomIsWanted, long due) throws IOException {
    if (reading || System.nanoTime() - compactAt < 0) {
      return false;
    }
    CompactionBatch running = batch;
    long most = roomIsWanted ? CompactionBatch.BYTES : due;
    boolean any = running != null && most > 0 && append(journal, running, most);
    if (running == null || running.isAppended()) {
      readAhead(journal, roomIsWanted);
    }
    return any;
  }

  /**
   * If there is no room for copies now, there may be later; and soon if segments are just ending,
   * which this has emptied.
   */
  private boolean append(Journal journal, CompactionBatch running, long most) throws IOException {
    if (journal.pool().isOut() && !isIdle.getAsBoolean()) {
      return false;
    }
    try {
      running.append(most, emptying);
      long copied = journal.appended() - appended;
      appended += copied;
      pace.copied(copied);
      return true;
    } catch (IOException e) {
      if (!journal.isBroken() && !isIdle.getAsBoolean()) {
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

  private void emptied(Compaction done) {
    wanted.remove(done.segment());
    if (done.damaged() != null) {
      broken.add(done);
    }
    compactions.setRelease(compactions.getPlain() + 1);
    if (unsettled++ == 0) {
      settleAt = System.nanoTime() + SETTLE_NANOS;
    }
  }

  private void readAhead(Journal journal, boolean roomIsWanted) {
    CompactionBatch running = batch;
    CompactionBatch next =
        running == null || running.isDone() ? new CompactionBatch(journal, rules) : running;
    List<Segment> segments = next.isDone() ? choose(journal, roomIsWanted) : List.of();
    if (next.isDone() && segments.isEmpty()) {
      batch = null;
      return;
    }
    for (Segment each : segments) {
      each.chosen = true;
    }
    next.add(segments);
    reading = true;
    batch = null;
    background.accept(new Reading(next));
  }

  /** Reads ahead. */
  private final class Reading extends BackgroundJob {
    private final CompactionBatch next;

    Reading(CompactionBatch next) {
      this.next = next;
    }

    @Override
    void work() throws IOException {
      next.read();
    }

    @Override
    void done() {
      reading = false;
      for (Segment each : next.takeRest()) {
        each.chosen = false;
      }
      batch = next;
    }

    @Override
    void failed(IOException why) {
      Segment unreadable = next.takeFailed();
      done();
      if (unreadable != null) {
        cannotRead(unreadable, why);
      }
    }
  }

  /** Returns segments of which there is enough to be read. */
  private List<Segment> choose(Journal journal, boolean roomIsWanted) {
    pace.measure(journal);
    wanted.removeIf(STAYS_OR_ENDS);
    asked.removeIf(STAYS);
    List<Segment> chosen = new ArrayList<>();
    long bytes = 0;
    // Those that are missing may be full, and to copy them takes the room that is wanted.
    boolean now = awaited || !roomIsWanted;
    for (Segment each : wanted) {
      if (now && !each.chosen && bytes < CompactionBatch.BYTES) {
        chosen.add(each);
        bytes += each.neededBytes();
      }
    }
    if ((now && !wanted.isEmpty()) || !(roomIsWanted || pace.isWanted())) {
      return chosen;
    }
    double most = roomIsWanted ? NEEDED_IF_SHORT : NEEDED;
    double large = roomIsWanted ? NEEDED_IF_SHORT : NEEDED_OF_LARGE;
    boolean more = true;
    while (more && bytes < CompactionBatch.BYTES && chosen.size() < CompactionBatch.SEGMENTS) {
      Segment next = Compaction.candidate(journal, most, large).orElse(null);
      more = next != null;
      if (next != null) {
        next.chosen = true;
        chosen.add(next);
        bytes += next.neededBytes();
      }
    }
    return chosen;
  }

  /**
   * What was emptied can end after a sync. Usually that of the next group will do; if none comes,
   * or somebody waits, it has one of its own.
   */
  void settle(Journal journal, boolean busy) throws IOException {
    if (unsettled == 0 && !pace.isLate()) {
      return;
    }
    if (!journal.isDirty()) {
      unsettled = 0;
    } else if (!busy
        || awaited
        || pace.isLate()
        || unsettled >= SETTLE_SEGMENTS
        || journal.pool().isShort()
        || System.nanoTime() - settleAt >= 0) {
      unsettled = 0;
      journal.force();
    }
  }

  /** A segment that cannot be read now stays as it is; one that has ended meanwhile need not be. */
  private void cannotRead(Segment segment, IOException why) {
    if (segment.ending) {
      wanted.remove(segment);
      return;
    }
    giveUpAll(why);
    if (why.getCause() != null
        && Scarcity.isMet(why.getCause())) { // which says nothing of the segment
      segment.chosen = false;
      compactAt = System.nanoTime() + RETRY_NANOS;
      context.failed(FailureClass.SUSPECT, "cannot read " + segment + ": " + why, why);
      return;
    }
    segment.stuck = true;
    var unused = context.readFailed("cannot read " + segment, why);
  }

  /** Whoever waits for everything is told; what was begun goes on. */
  private void giveUpAll(IOException why) {
    if (awaited) {
      awaited = false;
      wanted.clear();
      asked.clear();
      failure = why;
    }
  }

  /** Wants segments emptied of which the files are lost with this process. */
  void want(List<Segment> lost) {
    for (Segment segment : lost) {
      if (segment.sealed && !segment.ending) {
        wanted.add(segment);
      }
    }
  }

  /** Wants everything compacted that has garbage in it. */
  void wantAll(Journal journal) {
    broken = new HashSet<>();
    failure = null;
    awaited = true;
    asked.clear();
    for (Segment segment : journal.pool().present()) {
      if (segment.sealed
          && !segment.ending
          && segment.neededBytes() < segment.length() * NEEDED_IF_SHORT
          && Compaction.isWorthwhile(journal, segment)) {
        wanted.add(segment);
        asked.add(segment);
      }
    }
  }

  /**
   * Tells whether nothing is left that was wanted, and the segments have ended; whatever goes on
   * beside that, for stores that come all the time.
   *
   * @throws SpoolException if that will not be; the spool's health was told why
   */
  boolean isDone(Journal journal) {
    if (closing) {
      throw new SpoolClosedException(context.name());
    }
    if (failure != null) { // told by who met it: as an IOException it would be taken for another
      throw IoFailures.typed("cannot compact", Outcome.UNKNOWN, failure);
    }
    for (Iterator<Segment> each = asked.iterator(); each.hasNext(); ) {
      if (!journal.pool().holds(each.next())) {
        each.remove();
      }
    }
    boolean quiet = !isUnderWay() && unsettled == 0 && isIdle.getAsBoolean();
    boolean done = wanted.isEmpty() && (asked.isEmpty() || quiet);
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
  void forget() {
    batch = null;
    reading = false;
    unsettled = 0;
    wanted.clear();
    giveUpAll(new IOException("the journal broke, and was opened again"));
  }

  /** Returns how many segments were emptied. For any thread. */
  long compactions() {
    return compactions.getAcquire();
  }
}
