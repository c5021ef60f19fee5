package dev.spool.journal;

import java.io.IOException;

/** Is shown the records of a segment, in the order in which they were written. */
@FunctionalInterface
interface RecordVisitor {
  /** What a record has that names nothing. */
  int[] NO_NAMES = new int[0];

  /**
   * Takes one record.
   *
   * @param position where its header is
   * @param names the generations that a tombstone names; empty for other records
   */
  void visit(RecordHeader header, long position, int[] names) throws IOException;

  /**
   * Takes the record of a message without an object for it: there may be millions of them.
   *
   * @return false if it is to be shown like the others
   */
  default boolean store(long high, long low, long sequence, long position, int length) {
    return false;
  }
}
