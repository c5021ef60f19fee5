package dev.spool.journal;

import dev.spool.support.DiskFile;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One life of a segment: its file, its header, and what is still needed of it. When the file is
 * used again there is another object.
 *
 * <p>The file and the header are constant. The rest belongs to the thread that writes the journal.
 */
final class Segment {
  private final DiskFile file;
  private final SegmentHeader header;
  private final int slot;

  /** How many tombstones in here name a life: for each that is not this one. */
  private final Map<Integer, Integer> named = new HashMap<>();

  /**
   * The same file, to append to it past the page cache; null before it is made ready for records,
   * after it was sealed, and where the file system does not do that.
   */
  @Nullable DiskFile direct;

  /** Whether all records are on stable storage, and listed in a summary. */
  boolean sealed;

  /** Whether it is full, and not {@link #sealed} yet, which somebody may be about to do. */
  boolean sealing;

  /**
   * Whether its file may be written to again, in another life: all that was written to it is known.
   */
  boolean reusable;

  /** Whether there are bytes in it that were records once: such a segment is kept. */
  boolean damaged;

  /** Whether a compaction has found a message in it that is damaged, and so stays. */
  volatile boolean stuck;

  /** Whether somebody gives it another life just now. */
  boolean ending;

  /** The messages that are served from here, and their bytes, headers included. */
  int live;

  long liveBytes;

  /** The write of the journal that was the last to make anything in here unneeded. */
  long changedAt;

  /** Up to where a compaction has carried its records on. */
  long compactedTo = Format.RECORDS_AT;

  Segment(DiskFile file, SegmentHeader header) {
    this(file, header, header.number());
  }

  /**
   * @param slot what stands for it in the index, where there may be two lives of one file
   */
  Segment(DiskFile file, SegmentHeader header, int slot) {
    this.file = file;
    this.header = header;
    this.slot = slot;
  }

  DiskFile file() {
    return file;
  }

  /** Nothing more is appended to it. */
  void closeDirect() throws IOException {
    DiskFile open = direct;
    direct = null;
    if (open != null) {
      open.close();
    }
  }

  /** Closes its files, which forces nothing. */
  void close() throws IOException {
    try {
      closeDirect();
    } finally {
      file.close();
    }
  }

  SegmentHeader header() {
    return header;
  }

  int number() {
    return header.number();
  }

  /** Returns what stands for it in the index: its number, but for one who only reads. */
  int slot() {
    return slot;
  }

  int generation() {
    return header.generation();
  }

  long length() {
    return header.length();
  }

  /** Notes a message that is served from here. */
  void add(int payload) {
    live++;
    liveBytes += RecordHeader.BYTES + payload;
  }

  /** Notes that a message is not served from here any more. */
  void subtract(int payload, long write) {
    live--;
    liveBytes -= RecordHeader.BYTES + payload;
    changedAt = write;
  }

  /** Notes a tombstone in here. */
  void addTombstone(int[] names) {
    for (int generation : names) {
      if (generation != generation()) {
        named.merge(generation, 1, Integer::sum);
      }
    }
  }

  /** Notes that a tombstone in here was carried on. */
  void subtractTombstone(int[] names, long write) {
    for (int generation : names) {
      if (generation != generation()) {
        named.computeIfPresent(generation, (key, count) -> count == 1 ? null : count - 1);
      }
    }
    changedAt = write;
  }

  /** Tells whether any tombstone in here counts. */
  boolean hasTombstones(IntPredicate present) {
    named.keySet().removeIf(generation -> !present.test(generation));
    return !named.isEmpty();
  }

  /** Returns about how many bytes are needed of it. */
  long neededBytes() {
    long tombstones = 0;
    for (int count : named.values()) {
      tombstones += count;
    }
    return liveBytes + tombstones * (RecordHeader.BYTES + 8);
  }

  @Override
  public String toString() {
    return "segment " + Format.fileName(number()) + ", generation " + generation();
  }
}
