package dev.spool.cli;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.PrintStream;
import java.util.HashSet;
import java.util.Set;

/**
 * Counts what became of each message of a copy, and names those that are not in the target as they
 * are in the source, once each. The counts of the last pass are the verdict. Safe for use by any
 * thread.
 */
final class CopyReport {
  /** So many are remembered; what exceeds them is named by both passes. */
  private static final int MOST_TOLD = 10_000;

  private final PrintStream err;

  @GuardedBy("this")
  private final Set<String> told = new HashSet<>();

  @GuardedBy("this")
  private Progress progress;

  @GuardedBy("this")
  private long stored;

  // Of the pass that is under way, or was the last.

  @GuardedBy("this")
  private long equal;

  @GuardedBy("this")
  private long equalBytes;

  @GuardedBy("this")
  private long conflicts;

  @GuardedBy("this")
  private long missing;

  @GuardedBy("this")
  private long damagedInSource;

  @GuardedBy("this")
  private long damagedInTarget;

  /** Negative if that could not be told. */
  @GuardedBy("this")
  private long onlyInTarget;

  CopyReport(PrintStream err, Progress progress) {
    this.err = err;
    this.progress = progress;
  }

  /** Begins a pass: what the one before has counted, but for what was stored, counts no more. */
  synchronized void begin(Progress next) {
    progress = next;
    equal = 0;
    equalBytes = 0;
    conflicts = 0;
    missing = 0;
    damagedInSource = 0;
    damagedInTarget = 0;
    onlyInTarget = 0;
  }

  /** A message is in both, and the same. */
  synchronized void equal(int length) {
    equal++;
    equalBytes += length;
    progress.add(length);
  }

  /** A message was stored. */
  synchronized void stored(int length) {
    stored++;
    progress.add(length);
  }

  /** The target holds something else under that id. */
  synchronized void differs(SpoolId id, int inSource, int inTarget) {
    conflicts++;
    progress.add(inSource);
    tell(
        id.toString(),
        "conflict: "
            + id
            + ": TO holds other bytes under this id ("
            + inTarget
            + " of them, FROM "
            + inSource
            + "); left alone");
  }

  /** The target does not hold that id, and is not to be given it. */
  synchronized void missing(SpoolId id) {
    missing++;
    progress.add(0);
    tell(id.toString(), "not in TO: " + id);
  }

  /** The target's limit is below that message's size. */
  synchronized void tooLarge(SpoolId id, SpoolException failure) {
    missing++;
    progress.add(0);
    tell(id.toString(), "not copied: " + id + ": " + failure.detail());
  }

  /** What the target holds under that id cannot be compared. */
  synchronized void damagedInTarget(SpoolId id, SpoolException failure) {
    damagedInTarget++;
    progress.add(0);
    tell(id.toString(), "not copied: " + id + ": what TO holds is damaged: " + failure.detail());
  }

  /** The source holds something that nobody can copy. */
  synchronized void damagedInSource(SpoolEntry.Corrupt corrupt) {
    damagedInSource++;
    if (remember(corrupt.location())) {
      Damage.print(corrupt, false, err);
    }
  }

  /** The target holds so many messages that the source does not have; negative if none can tell. */
  synchronized void onlyInTarget(long count) {
    onlyInTarget = count;
  }

  @GuardedBy("this")
  private void tell(String key, String line) {
    if (remember(key)) {
      err.println(line);
    }
  }

  /** Returns whether it is to be told. */
  @GuardedBy("this")
  private boolean remember(String key) {
    return told.size() < MOST_TOLD ? told.add(key) : !told.contains(key);
  }

  /** Returns how many messages were found in both, and the same. */
  synchronized long equal() {
    return equal;
  }

  /** Returns how many messages were stored. */
  synchronized long stored() {
    return stored;
  }

  /** Prints the sum, after the pass that verifies. */
  synchronized void print(boolean json, PrintStream out) {
    if (json) {
      new Json()
          .put("verified", equal)
          .put("bytes", equalBytes)
          .put("stored", stored)
          .put("conflicts", conflicts)
          .put("missing", missing)
          .put("damagedInSource", damagedInSource)
          .put("damagedInTarget", damagedInTarget)
          .put("onlyInTarget", onlyInTarget < 0 ? null : onlyInTarget)
          .print(out);
      return;
    }
    out.println(
        Text.messages(equal)
            + " ("
            + Text.bytes(equalBytes)
            + ") in TO, read back and the same as in FROM; "
            + Text.count(stored)
            + " of them stored now");
    count(out, conflicts, "in conflict: TO holds other bytes under the same id");
    count(out, missing, "not in TO");
    count(out, damagedInTarget, "damaged in TO");
    count(out, damagedInSource, "damaged in FROM");
    count(out, onlyInTarget, "more in TO that FROM does not have");
    if (onlyInTarget < 0) {
      out.println("what TO has and FROM has not could not be told");
    }
  }

  private static void count(PrintStream out, long count, String what) {
    if (count > 0) {
      out.println(Text.count(count) + " " + what);
    }
  }

  /** Returns the exit status, after the pass that verifies. */
  synchronized int status() {
    return conflicts + missing + damagedInTarget + damagedInSource == 0
        ? ExitStatus.OK
        : ExitStatus.SOME_FAILED;
  }
}
