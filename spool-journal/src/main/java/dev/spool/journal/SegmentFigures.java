package dev.spool.journal;

/**
 * How many segments there are of each kind, and how much of them is needed, at one moment.
 *
 * @param used that hold records
 * @param bytes the lengths of all
 * @param usedBytes the lengths of those that are used
 * @param needed the bytes of messages, and of tombstones that count, in those that are used
 * @param unprepared how many were used without having been prepared
 * @param copied bytes of messages that were copied to empty segments
 */
record SegmentFigures(
    int used,
    int free,
    int prepared,
    int damaged,
    long bytes,
    long usedBytes,
    long needed,
    long unprepared,
    long copied) {

  static SegmentFigures of(Journal journal) {
    int used = 0;
    int damaged = 0;
    long needed = 0;
    for (Segment segment : journal.pool().present()) {
      used++;
      damaged += segment.damaged ? 1 : 0;
      needed += segment.neededBytes();
    }
    return new SegmentFigures(
        used,
        journal.pool().freeCount(),
        journal.pool().preparedCount(),
        damaged,
        journal.pool().bytes(),
        journal.pool().usedBytes(),
        needed,
        journal.pool().unprepared(),
        journal.copied());
  }

  /** Returns the same with the counters of journals that were broken before. */
  SegmentFigures after(SegmentFigures before) {
    return new SegmentFigures(
        used,
        free,
        prepared,
        damaged,
        bytes,
        usedBytes,
        needed,
        unprepared + before.unprepared,
        copied + before.copied);
  }
}
