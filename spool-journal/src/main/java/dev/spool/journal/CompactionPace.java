package dev.spool.journal;

/**
 * When there is compaction beside stores, and how fast it is: both follow the garbage, which is
 * what segments take beyond what is needed of them.
 *
 * <p>It comes in bursts, of several bytes for each that is stored. A slow one would be for nothing:
 * what it copies would lie between messages that are about to be removed, and be garbage's
 * neighbour again; of a burst there are segments full of what stays.
 *
 * <p>Belongs to the committer's thread.
 */
final class CompactionPace {
  /**
   * Bytes that are copied for each that is stored, at most, while stores come one after another.
   */
  static final int COPIES = 4;

  /** Garbage, as a part of what is needed, at which a burst begins; and at which it ends. */
  private static final double BEGIN = 0.38;

  private static final double END = 0.33;

  /** And at which stores wait for the copies that are due for them. */
  private static final double OWED = 0.42;

  /**
   * The same in segments, however little is needed: one is being written, and the messages of some
   * more are about to be removed. To copy what is left of those would be for nothing.
   */
  private static final int BEGIN_SEGMENTS = 6;

  private static final int END_SEGMENTS = 5;
  private static final int OWED_SEGMENTS = 8;

  /**
   * And at which they wait for segments that are about to end, these included: usually there are
   * one or two.
   */
  private static final double LATE = 0.45;

  private static final int LATE_SEGMENTS = 12;

  private boolean wanted;
  private boolean owed;
  private boolean late;

  /** Bytes that may be copied. */
  private long credit;

  /** Bytes that were stored when it was measured last. */
  private long measuredAt;

  private long stored;

  /** Measures what is garbage, as far as compaction gives it back. */
  void measure(Journal journal) {
    measuredAt = stored;
    long garbage = 0;
    long ending = 0;
    long needed = 0;
    for (Segment segment : journal.pool().present()) {
      long here = segment.neededBytes();
      needed += here;
      if (segment.ending || (here == 0 && segment.sealed)) {
        ending += segment.length();
      } else if (Compaction.givesBack(
          journal, segment, BackgroundCompaction.NEEDED, BackgroundCompaction.NEEDED_OF_LARGE)) {
        garbage += Math.max(0, segment.length() - here);
      }
    }
    measured(garbage, ending, needed, journal.segments().length());
  }

  /**
   * Takes what was measured.
   *
   * @param garbage bytes that are not needed, in segments of which others are, and that compaction
   *     gives back
   * @param ending the lengths of the segments of which nothing is
   * @param length of a segment
   */
  void measured(long garbage, long ending, long needed, long length) {
    wanted =
        garbage > Math.max(END * needed, (double) END_SEGMENTS * length)
            && (wanted || garbage > Math.max(BEGIN * needed, (double) BEGIN_SEGMENTS * length));
    owed = garbage > Math.max(OWED * needed, (double) OWED_SEGMENTS * length);
    late =
        ending > 0 && garbage + ending > Math.max(LATE * needed, (double) LATE_SEGMENTS * length);
    credit = wanted ? credit : 0;
  }

  /** Tells whether so much was stored that it should be measured again. */
  boolean isStale(long length) {
    return stored - measuredAt >= length / 2;
  }

  /** A group was written. */
  void stored(long bytes) {
    stored += bytes;
    long due = COPIES * Math.max(bytes, Format.BLOCK); // which is what a group takes, at least
    credit = Math.min(credit + due, Math.max(due, CompactionBatch.BYTES));
  }

  /** Copies were appended. */
  void copied(long bytes) {
    credit = Math.max(0, credit - bytes);
  }

  /** Tells whether there is too much garbage. */
  boolean isWanted() {
    return wanted;
  }

  /** Tells whether the next group should wait until what is due is copied. */
  boolean isOwed() {
    return owed && credit > 0;
  }

  /** Tells whether segments should end before more is stored. */
  boolean isLate() {
    return late;
  }

  /** Returns how many bytes may be copied now, although there are stores to be written. */
  long credit() {
    return credit;
  }
}
