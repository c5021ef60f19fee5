package dev.spool.torture;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.Durability;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Knows what was acknowledged, and judges what a spool shows, while it lives and after a {@link
 * Fault}. It is to be kept where the fault does not reach: in another process than the spool's,
 * where that is killed.
 *
 * <p>Of each id it keeps what may be there: the writes that no later acknowledged one has
 * superseded. A write supersedes those that had ended before it began; of writes that overlap,
 * either may be the last. The rules:
 *
 * <ol>
 *   <li>acknowledged ⇒ there, byte for byte; after a power cut, if it was SYNC;
 *   <li>a removal acknowledged ⇒ not there, likewise;
 *   <li>failed as NOT_APPLIED ⇒ what it would have written is not there;
 *   <li>failed as UNKNOWN, or cut off by the fault ⇒ as before or as after it, whole;
 *   <li>nothing is there that was never stored.
 * </ol>
 *
 * <p>What a fault has left open is settled by what is found then, and has to stay so. Writes are to
 * be announced before they are called, and their ends after they were heard of: what is told late
 * makes the judge milder, never unjust.
 *
 * <p>Safe for use by any thread.
 */
public final class Oracle {
  /** Of so many violations the text is kept; all are counted. */
  private static final int SHOWN = 20;

  private static final long NEVER = Long.MAX_VALUE;

  /** The generation of no message. */
  private static final long ABSENT = 0;

  private final Payloads payloads;

  /** Whether a BUFFERED write is as good as a SYNC one. */
  private final boolean bufferedSurvives;

  @GuardedBy("this")
  private final Map<SpoolId, Entry> entries = new HashMap<>();

  /** Removed for good, and nothing else possible: only the id is kept. */
  @GuardedBy("this")
  private final Set<SpoolId> gone = new HashSet<>();

  @GuardedBy("this")
  private final Set<Reading> readings = new HashSet<>();

  @GuardedBy("this")
  private final List<String> violations = new ArrayList<>();

  /** Orders all that is told. */
  @GuardedBy("this")
  private long clock;

  /** When the last power cut was, if nothing but a power cut has happened since; else never. */
  @GuardedBy("this")
  private long powerCut = NEVER;

  /** A call that makes durable does so with what was begun since then. */
  @GuardedBy("this")
  private long creditedSince;

  @GuardedBy("this")
  private long violated;

  @GuardedBy("this")
  private long acknowledged;

  @GuardedBy("this")
  private long checked;

  /** One write, as one that may be what is there. */
  private static final class Candidate {
    final long generation;
    final long begun;

    /** When its end was told; {@link #NEVER} while it may still be carried out. */
    long ended = NEVER;

    /** When it was acknowledged, if a later call may make it durable; else {@link #NEVER}. */
    long acknowledged = NEVER;

    /** When a later write, or what was seen, ruled it out while the process lives. */
    long ruledOut = NEVER;

    /** Whether not even a power cut brings it back. */
    boolean superseded;

    @Nullable Content content;

    Candidate(long generation, long begun) {
      this.generation = generation;
      this.begun = begun;
    }
  }

  /** What is known of one id. */
  private static final class Entry {
    final List<Candidate> candidates = new ArrayList<>();

    /** When a write of it was last told of. */
    long changed;

    /**
     * Whether it may be absent by a removal before a failure that was told, which may come to
     * nothing; then a removal after it may have found nothing to remove. Until it is stored again.
     */
    boolean removalsInDoubt;
  }

  /** A write that was announced. */
  public final class Write {
    private final SpoolId id;
    private final Candidate candidate;

    private Write(SpoolId id, Candidate candidate) {
      this.id = id;
      this.candidate = candidate;
    }

    /** It was acknowledged at this level. */
    public void acknowledged(Durability durability) {
      end(this, durability);
    }

    /** It failed. */
    public void failed(Outcome outcome) {
      fail(this, outcome);
    }
  }

  /** A load or a scan that was announced; it judges what is seen by it. */
  public final class Reading {
    private final long begun;
    private final Set<SpoolId> seen = new HashSet<>();

    private Reading(long begun) {
      this.begun = begun;
    }

    /** A load returned this, and is over. */
    public void loaded(SpoolId id, Content found) {
      judge(this, id, found);
      abandon();
    }

    /**
     * It was said to be damaged, which it may be after a power cut where it need not be there at
     * all: where nothing was acknowledged as SYNC, of a message that was absent before.
     */
    public void damaged(SpoolId id) {
      judgeDamaged(this, id);
    }

    /** A scan showed this message. */
    public void scanned(SpoolId id, Content found) {
      judgeScanned(this, id, found);
    }

    /** The scan is over, and says that it has shown everything. */
    public void scannedAll() {
      judgeMissing(this);
      abandon();
    }

    /** It ended without saying anything more. */
    public void abandon() {
      forget(this);
    }
  }

  /**
   * A call that was announced, and that is to make durable whatever was acknowledged before it: a
   * compaction, or a shutdown.
   */
  public final class Forcing {
    private final long begun;

    private Forcing(long begun) {
      this.begun = begun;
    }

    /**
     * It has succeeded: what was acknowledged before it began is as good as SYNC from now on,
     * unless a failure was told before it began, too.
     */
    public void succeeded() {
      makeDurable(begun);
    }
  }

  private Oracle(Payloads payloads, boolean bufferedSurvives) {
    this.payloads = payloads;
    this.bufferedSurvives = bufferedSurvives;
  }

  /** Returns the oracle of a spool that is empty, whose process will be killed. */
  public static Oracle ofKills(Payloads payloads) {
    return new Oracle(payloads, true);
  }

  /** Returns the oracle of a spool that is empty, whose power will fail; its process may too. */
  public static Oracle ofPowerCuts(Payloads payloads) {
    return new Oracle(payloads, false);
  }

  // What is told

  /**
   * A store is about to be called.
   *
   * @param generation what is stored; a positive number, used once for this id
   */
  public synchronized Write storing(SpoolId id, long generation) {
    if (generation <= ABSENT) {
      throw new IllegalArgumentException("generation " + generation);
    }
    return begin(id, generation);
  }

  /** A removal is about to be called. */
  public synchronized Write removing(SpoolId id) {
    return begin(id, ABSENT);
  }

  /** A load or a scan is about to be called. */
  public synchronized Reading reading() {
    Reading reading = new Reading(++clock);
    readings.add(reading);
    return reading;
  }

  /**
   * A compaction is about to be called; or a shutdown has succeeded, which lets all writes end
   * before it forces them: then what has ended is of before it, too.
   */
  public synchronized Forcing forcing() {
    return new Forcing(++clock);
  }

  /**
   * It was told that the storage has failed, as by a write that failed so: what was acknowledged as
   * BUFFERED until now may be lost, whatever succeeds later. So may a later removal, until the
   * message is stored again: if what it was to remove is gone by a removal before the failure, it
   * has removed nothing, and that one may come to nothing.
   */
  public synchronized void atRisk() {
    creditedSince = ++clock;
    for (Entry entry : entries.values()) {
      entry.removalsInDoubt = true;
    }
  }

  /** The process that used the spool is gone, with all that it had begun. */
  public synchronized void struck(Fault fault) {
    long now = ++clock;
    creditedSince = now; // the next process has buffered nothing of what was before
    readings.clear();
    powerCut = fault == Fault.POWER_CUT ? now : NEVER;
    for (Map.Entry<SpoolId, Entry> each : List.copyOf(entries.entrySet())) {
      each.getValue().removalsInDoubt = false;
      for (Candidate candidate : each.getValue().candidates) {
        candidate.ended = Math.min(candidate.ended, now);
        if (fault == Fault.POWER_CUT && !candidate.superseded) {
          candidate.ruledOut = NEVER;
        }
      }
      prune(each.getKey(), each.getValue());
    }
  }

  /** Something else was seen that must not be: a spool that cannot be opened, say. */
  public synchronized void violated(String what) {
    violated++;
    if (violations.size() < SHOWN) {
      violations.add(what);
    }
  }

  // What is known

  /** Returns the ids of all that may be there. */
  public synchronized Collection<SpoolId> ids() {
    return List.copyOf(entries.keySet());
  }

  /** Returns up to that many ids that were removed for good. */
  public synchronized Collection<SpoolId> removed(int most) {
    return gone.stream().limit(most).toList();
  }

  /** Returns how many promises were broken. */
  public synchronized long violations() {
    return violated;
  }

  /** Returns what the first broken promises were. */
  public synchronized List<String> shownViolations() {
    return List.copyOf(violations);
  }

  /** Returns how many writes were acknowledged. */
  public synchronized long acknowledged() {
    return acknowledged;
  }

  /** Returns how many messages, or absences of one, were compared. */
  public synchronized long checked() {
    return checked;
  }

  // Writes

  @GuardedBy("this")
  private Write begin(SpoolId id, long generation) {
    Entry entry = entries.get(id);
    if (entry == null) {
      entry = new Entry();
      Candidate none = new Candidate(ABSENT, 0);
      none.ended = 0;
      entry.candidates.add(none);
      entries.put(id, entry);
      gone.remove(id);
    }
    entry.changed = ++clock;
    Candidate candidate = new Candidate(generation, clock);
    entry.candidates.add(candidate);
    return new Write(id, candidate);
  }

  private synchronized void end(Write write, Durability durability) {
    Entry entry = entries.get(write.id);
    if (entry == null || write.candidate.ended != NEVER) {
      throw new IllegalStateException("a write of " + write.id + " ended before");
    }
    acknowledged++;
    long now = ++clock;
    entry.changed = now;
    write.candidate.ended = now;
    credit(entry, write.candidate, now);
    boolean forGood = durability == Durability.SYNC || bufferedSurvives;
    supersede(entry, write.candidate, now, forGood);
    prune(write.id, entry);
  }

  @GuardedBy("this")
  private void credit(Entry entry, Candidate candidate, long now) {
    boolean isStore = candidate.generation != ABSENT;
    if (candidate.begun > creditedSince && (isStore || !entry.removalsInDoubt)) {
      candidate.acknowledged = now;
      entry.removalsInDoubt = false;
    }
  }

  /** Of what had ended before it began, nothing is there any more. */
  private static void supersede(Entry entry, Candidate last, long now, boolean forGood) {
    for (Candidate other : entry.candidates) {
      if (other != last && other.ended < last.begun) {
        other.ruledOut = Math.min(other.ruledOut, now);
        other.superseded |= forGood;
      }
    }
  }

  private synchronized void makeDurable(long begun) {
    long now = ++clock;
    for (Map.Entry<SpoolId, Entry> each : List.copyOf(entries.entrySet())) {
      Entry entry = each.getValue();
      for (Candidate candidate : entry.candidates) {
        if (candidate.acknowledged < begun && candidate.begun > creditedSince) {
          supersede(entry, candidate, now, true);
        }
      }
      prune(each.getKey(), entry);
    }
  }

  private synchronized void fail(Write write, Outcome outcome) {
    Entry entry = entries.get(write.id);
    if (entry == null) {
      throw new IllegalStateException("a write of " + write.id + " ended before");
    }
    entry.changed = ++clock;
    if (outcome == Outcome.NOT_APPLIED) {
      entry.candidates.remove(write.candidate);
      prune(write.id, entry);
    } // else it may be carried out still: it has not ended
  }

  /** Forgets what cannot come back, unless a reading that has begun before may have seen it. */
  @GuardedBy("this")
  private void prune(SpoolId id, Entry entry) {
    long oldest = NEVER;
    for (Reading reading : readings) {
      oldest = Math.min(oldest, reading.begun);
    }
    long since = oldest;
    entry.candidates.removeIf(candidate -> candidate.superseded && candidate.ruledOut < since);
    if (entry.candidates.size() == 1 && readings.isEmpty()) {
      Candidate last = entry.candidates.get(0);
      if (last.generation == ABSENT && last.ended != NEVER) {
        entries.remove(id);
        gone.add(id);
      }
    }
  }

  // Readings

  private synchronized void forget(Reading reading) {
    readings.remove(reading);
  }

  private synchronized void judge(Reading reading, SpoolId id, Content found) {
    checked++;
    Entry entry = entries.get(id);
    if (entry == null) {
      if (!found.equals(Content.ABSENT)) {
        violated(
            gone.contains(id)
                ? id + " was removed, and is there again: " + found
                : id + " was never stored, and is there: " + found);
      }
      return;
    }
    List<Candidate> same = new ArrayList<>();
    for (Candidate candidate : entry.candidates) {
      if (candidate.ruledOut > reading.begun && content(id, candidate).equals(found)) {
        same.add(candidate);
      }
    }
    if (same.isEmpty()) {
      violated(explain(id, entry, reading, found));
    } else if (entry.changed < reading.begun) {
      settle(id, entry, same);
    }
  }

  /** What was seen while nobody changes it stays, once nothing is under way any more. */
  @GuardedBy("this")
  private void settle(SpoolId id, Entry entry, List<Candidate> same) {
    for (Candidate candidate : entry.candidates) {
      if (candidate.ended == NEVER) {
        return;
      }
    }
    long now = ++clock;
    boolean onDevice = entry.changed < powerCut && powerCut != NEVER;
    for (Candidate candidate : entry.candidates) {
      if (!same.contains(candidate)) {
        candidate.ruledOut = Math.min(candidate.ruledOut, now);
        candidate.superseded |= bufferedSurvives || onDevice;
      }
    }
    prune(id, entry);
  }

  private synchronized void judgeDamaged(Reading reading, SpoolId id) {
    reading.seen.add(id);
    checked++;
    Entry entry = entries.get(id);
    if (entry == null) {
      violated(id + " is damaged, and must not be there at all");
      return;
    }
    for (Candidate candidate : entry.candidates) {
      if (!bufferedSurvives
          && candidate.ruledOut > reading.begun
          && candidate.generation == ABSENT) {
        return;
      }
    }
    violated(explain(id, entry, reading, new Content(-1, "damaged")));
  }

  private synchronized void judgeScanned(Reading reading, SpoolId id, Content found) {
    if (!reading.seen.add(id)) {
      violated(id + " was shown twice by one scan");
    }
    judge(reading, id, found);
  }

  private synchronized void judgeMissing(Reading reading) {
    for (Map.Entry<SpoolId, Entry> each : List.copyOf(entries.entrySet())) {
      SpoolId id = each.getKey();
      if (each.getValue().changed < reading.begun && !reading.seen.contains(id)) {
        judge(reading, id, Content.ABSENT);
      }
    }
  }

  private Content content(SpoolId id, Candidate candidate) {
    Content content = candidate.content;
    if (content == null) {
      content = contentOf(id, candidate.generation);
      candidate.content = content;
    }
    return content;
  }

  private Content contentOf(SpoolId id, long generation) {
    return generation == ABSENT ? Content.ABSENT : Content.of(payloads.bytes(id, generation));
  }

  @GuardedBy("this")
  private String explain(SpoolId id, Entry entry, Reading reading, Content found) {
    StringBuilder text = new StringBuilder(id + " is " + found);
    for (Candidate candidate : entry.candidates) {
      if (candidate.ruledOut <= reading.begun && content(id, candidate).equals(found)) {
        text.append(" (").append(name(candidate)).append(", which was superseded)");
      }
    }
    text.append(", and has to be");
    String or = " ";
    for (Candidate candidate : entry.candidates) {
      if (candidate.ruledOut > reading.begun) {
        text.append(or).append(name(candidate)).append(", ").append(content(id, candidate));
        text.append(candidate.ended == NEVER ? ", not acknowledged" : "");
        or = "; or ";
      }
    }
    return text.toString();
  }

  private static String name(Candidate candidate) {
    return candidate.generation == ABSENT ? "absent" : "generation " + candidate.generation;
  }
}
