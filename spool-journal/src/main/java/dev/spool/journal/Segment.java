package dev.spool.journal;

import dev.spool.support.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One life of a segment: its file, its header, and what is still needed of it. When the file is
 * used again there is another object.
 *
 * <p>The file and the header are constant. The rest belongs to the thread that writes the journal.
 */
final class Segment implements Closeable {
  private final DiskFile file;
  private final SegmentHeader header;
  private final int slot;

  /**
   * What the tombstones take that name a life: for each that is not this one. Of one that names
   * several each has its share.
   */
  private final Map<Integer, Long> named = new HashMap<>();

  /** The sum of these. */
  private long tombstoneBytes;

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

  /** Whether a compaction has begun to empty it, or is about to. */
  boolean chosen;

  /** The messages that are served from here, and what these take at least, wherever they are. */
  int live;

  long liveBytes;

  /** The write of the journal that was the last to make anything in here unneeded. */
  long changedAt;

  /** How many bytes would be needed of it if nothing had gone; not known of one that was found. */
  private long held;

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
  @Override
  public void close() throws IOException {
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
    liveBytes += Summary.bytesOf(payload);
    held += Summary.bytesOf(payload);
  }

  /** Notes that a message is not served from here any more. */
  void subtract(int payload, long write) {
    live--;
    liveBytes -= Summary.bytesOf(payload);
    changedAt = write;
  }

  /** Notes a tombstone in here. */
  void addTombstone(int[] names) {
    long share = share(names);
    for (int generation : names) {
      if (generation != generation()) {
        Long before = named.get(generation);
        named.put(generation, share + (before == null ? 0 : before));
        tombstoneBytes += share;
        held += share;
      }
    }
  }

  /** Returns what a tombstone takes for each life that it names; the same whenever it is asked. */
  private long share(int[] names) {
    int others = 0;
    for (int generation : names) {
      others += generation == generation() ? 0 : 1;
    }
    return others == 0 ? 0 : Summary.bytesOfTombstone(others) / others;
  }

  /** Notes that a tombstone in here was carried on. */
  void subtractTombstone(int[] names, long write) {
    long share = share(names);
    for (int generation : names) {
      Long bytes = named.get(generation);
      if (bytes != null) {
        tombstoneBytes -= share;
        if (bytes == share) {
          named.remove(generation);
        } else {
          named.put(generation, bytes - share);
        }
      }
    }
    changedAt = write;
  }

  /** A life is gone: a tombstone does not count for its sake any more. */
  void forget(int generation) {
    Long bytes = named.remove(generation);
    tombstoneBytes -= bytes == null ? 0 : bytes;
  }

  /** Tells whether any tombstone in here counts. */
  boolean hasTombstones(IntPredicate present) {
    for (Integer generation : List.copyOf(named.keySet())) {
      if (!present.test(generation)) {
        forget(generation);
      }
    }
    return !named.isEmpty();
  }

  /** It was found, and more may have been in it. */
  void wasFound() {
    held = Long.MAX_VALUE;
  }

  /** Tells whether something has gone of what was in it, or may have. */
  boolean hasLost() {
    return neededBytes() < held;
  }

  /**
   * Returns about how many bytes are needed of it: what its messages and tombstones that count
   * would take if there were nothing else.
   */
  long neededBytes() {
    return liveBytes + tombstoneBytes;
  }

  @Override
  public String toString() {
    return "segment " + Format.fileName(number()) + ", generation " + generation();
  }
}
