package dev.spool.journal;

import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What makes the journal safe, a method a rule. They are here, and not where they are used, so that
 * a test can take one out and see that it is missed: each has a name in {@code
 * docs/format-journal.md}, and a mutation in {@code RulesMatterTest}.
 */
class Rules {
  Rules() {}

  /** A block that a completed sync covers is never written again in that life. */
  long groupAfterSync(long end) {
    return Format.align(end, Format.BLOCK);
  }

  /** A record tells of syncs that have succeeded, not of what was written. */
  long mark(long synced, long written) {
    return synced;
  }

  /**
   * A segment is used again only after a sync that covers what has superseded its contents.
   *
   * @param changedAt the write after which nothing in it was needed
   * @param synced the last write that a sync covers
   */
  boolean mayEnd(long changedAt, long synced) {
    return changedAt <= synced;
  }

  /** A life is gone, and the next one may be written to, once the headers are synced. */
  boolean syncsHeaders() {
    return true;
  }

  /** The only copy of a header that can be read is not written to. */
  boolean mendsTheBadCopyFirst() {
    return true;
  }

  /** A segment has its name for good before it is on the roster. */
  boolean syncsNames() {
    return true;
  }

  /** A segment is on the roster, durably, before anything is written to it. */
  boolean listsBeforeUse() {
    return true;
  }

  /** A segment is taken off the roster, durably, before it is deleted. */
  boolean unlistsBeforeDeleting() {
    return true;
  }

  /** A change of the roster is made once a copy of it is synced, and then the other one. */
  boolean syncsRoster() {
    return true;
  }

  /**
   * A name that an opening finds is made to last before anything relies on it: whoever gave it may
   * have been killed before that.
   */
  boolean syncsNamesFound() {
    return true;
  }

  /** A tombstone names every physical copy of what it removes. */
  int[] names(int[] all) {
    return all;
  }

  /**
   * A tombstone names again what one before it names, if that is not synced.
   *
   * @param unsettled null if there is none
   */
  int[] namesAgain(int @Nullable [] unsettled) {
    return unsettled == null ? RecordVisitor.NO_NAMES : unsettled;
  }

  /** A tombstone counts until all that it names is gone. */
  boolean counts(int[] names, IntPredicate present) {
    for (int generation : names) {
      if (present.test(generation)) {
        return true;
      }
    }
    return false;
  }

  /** A copy is appended only if its source is what counts. */
  boolean mayCopy(boolean counts) {
    return counts;
  }

  /** A copy keeps its sequence. */
  long sequenceOfCopy(long sequence, long next) {
    return sequence;
  }

  /** Carrying a tombstone on is a change of its segment, which a sync has to cover. */
  boolean carryingIsChange() {
    return true;
  }

  /** The records of a segment are synced before its summary says that they are there. */
  boolean syncsBeforeSeal() {
    return true;
  }

  /**
   * A sync is of one file: what was written to the segments before it counts as synced when they
   * are.
   */
  boolean waitsForSegmentsBefore() {
    return true;
  }

  /** What is found without a summary is not believed to be on stable storage. */
  boolean believesUnsealed() {
    return false;
  }

  /** Each life has a salt of its own. */
  long salt(RandomGenerator random) {
    return random.nextLong();
  }

  /** A record of another life is none. */
  boolean sameLife(int recorded, int generation) {
    return recorded == generation;
  }

  /** What a new life was never written to must not be found in it. */
  boolean checksPayload() {
    return true;
  }
}
