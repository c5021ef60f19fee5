package dev.spool.journal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.journal.SegmentHeader.State;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The files: makes them, gives them new lives, deletes them. Every method does I/O, and returns
 * when what it did is on stable storage. After a failure the segment in question must not be used.
 *
 * <p>Safe for use by any thread, for different segments.
 */
final class Segments implements Closeable {
  private static final int SKIPPED = 1 << 16;

  /** No more than this part of what is left is skipped: there may be any number of openings. */
  static final int SKIPPED_PART = 15;

  private static final Runnable NO_PAUSE = new NoPause();

  /** No method reference: one that cannot be linked here leaves the process without a spool. */
  private static final class NoPause implements Runnable {
    @Override
    public void run() {}
  }

  private final Disk disk;
  private final Path directory;
  private final UUID store;
  private final int length;
  private final Rules rules;
  private final RandomGenerator random;

  @GuardedBy("numbers")
  private int lastGeneration;

  /** Lists those that there are; null where nobody writes. Set once, while opening. */
  private volatile @Nullable Roster roster;

  /** The numbers that are taken; guarded by itself, as is the last generation. */
  private final BitSet numbers = new BitSet();

  /**
   * @param length that of new segments, a multiple of the block
   * @param random makes salts
   */
  Segments(Disk disk, Path directory, UUID store, int length, Rules rules, RandomGenerator random) {
    this.disk = disk;
    this.directory = directory;
    this.store = store;
    this.length = length;
    this.rules = rules;
    this.random = random;
  }

  Disk disk() {
    return disk;
  }

  Path directory() {
    return directory;
  }

  UUID store() {
    return store;
  }

  /** Returns the length of new segments. */
  int length() {
    return length;
  }

  /** Opens the roster, which is to be established before anything is changed. */
  Roster openRoster() throws IOException {
    Roster opened = Roster.open(disk, directory, store, rules);
    roster = opened;
    return opened;
  }

  /** Tells whether the roster cannot be written to any more. */
  boolean hasRosterFailed() {
    Roster open = roster;
    return open != null && open.hasFailed();
  }

  private void list(int number) throws IOException {
    Roster open = roster;
    if (open != null) {
      open.add(number);
    }
  }

  private void unlist(int number) throws IOException {
    Roster open = roster;
    if (open != null) {
      open.remove(number);
    }
  }

  /** Brings the names of the segments onto stable storage that were found in the directory. */
  void forceNames() throws IOException {
    if (rules.syncsNamesFound()) {
      disk.forceDirectory(directory);
    }
  }

  /** Notes a generation that was given out before. */
  void seen(int generation) {
    synchronized (numbers) {
      lastGeneration = Math.max(lastGeneration, generation);
    }
  }

  /** Leaves out generations that segments may have which cannot be read now. */
  void skipGenerations() {
    synchronized (numbers) {
      int left = Integer.MAX_VALUE - lastGeneration;
      lastGeneration += Math.min(SKIPPED, left >>> SKIPPED_PART);
    }
  }

  private int nextGeneration() throws IOException {
    synchronized (numbers) {
      if (lastGeneration == Integer.MAX_VALUE) {
        throw new IOException("this spool has no generation left");
      }
      return ++lastGeneration;
    }
  }

  /** Returns a number that tells which of two lives was written to first. */
  int nextOrder() throws IOException {
    return nextGeneration();
  }

  /** Notes a number that is taken. */
  void taken(int number) {
    synchronized (numbers) {
      numbers.set(number);
    }
  }

  private int takeNumber() throws IOException {
    synchronized (numbers) {
      int number = numbers.nextClearBit(0);
      if (number >= Index.MOST_SEGMENTS) {
        throw new IOException("there are " + number + " segments already");
      }
      numbers.set(number);
      return number;
    }
  }

  private void release(int number) {
    synchronized (numbers) {
      numbers.clear(number);
    }
  }

  Path path(int number) {
    return directory.resolve(Format.fileName(number));
  }

  /**
   * Makes a segment, all of it written.
   *
   * @param size its length, a multiple of the block
   */
  Segment make(State state, long size) throws IOException {
    return make(state, size, NO_PAUSE);
  }

  /** As {@link #make(State, long)}, with pauses. */
  Segment make(State state, long size, Runnable pause) throws IOException {
    int number = takeNumber();
    SegmentHeader header =
        new SegmentHeader(state, store, number, nextGeneration(), rules.salt(random), size);
    Path unfinished = directory.resolve(Format.unfinishedName(number));
    DiskFile file = null;
    boolean done = false;
    try {
      file = disk.createFilled(unfinished, size, pause);
      file.write(header.encode(), 0);
      file.write(header.encode(), Format.HEADER_COPY_AT);
      file.force(true);
      disk.rename(unfinished, path(number));
      if (rules.syncsNames()) {
        disk.forceDirectory(directory);
      }
      if (rules.listsBeforeUse()) {
        list(number);
      }
      Segment made = ready(new Segment(file, header));
      done = true;
      return made;
    } finally {
      if (!done) {
        giveUp(file, unfinished, number);
      }
    }
  }

  private void giveUp(@Nullable DiskFile file, Path unfinished, int number) throws IOException {
    if (file != null) {
      file.close();
    }
    if (disk.deleteIfExists(unfinished)) {
      release(number); // else it may have its name already
    }
  }

  /** Ends a segment's life, and begins another one, in which it is free. */
  Segment renew(Segment old) throws IOException {
    SegmentHeader header =
        new SegmentHeader(
            State.FREE, store, old.number(), nextGeneration(), rules.salt(random), old.length());
    return rewrite(old.file(), header);
  }

  /** Lets records be written into a segment that is free. */
  Segment activate(Segment free) throws IOException {
    return ready(rewrite(free.file(), free.header().with(State.ACTIVE)));
  }

  private Segment ready(Segment segment) {
    if (segment.header().state() == State.ACTIVE) {
      segment.direct = disk.openDirect(path(segment.number()));
    }
    return segment;
  }

  /** Writes one copy of the header after the other: one of them is whole at any moment. */
  Segment rewrite(DiskFile file, SegmentHeader header) throws IOException {
    file.write(header.encode(), 0);
    force(file);
    file.write(header.encode(), Format.HEADER_COPY_AT);
    force(file);
    return new Segment(file, header);
  }

  /**
   * Completes a change of a header that was cut short, or mends a copy: first the one that cannot
   * be read, so that the one that can is written to only when there are two.
   *
   * @param second what the second copy is; null if it cannot be read
   */
  Segment repair(DiskFile file, SegmentHeader header, @Nullable SegmentHeader second)
      throws IOException {
    if (second == null && rules.mendsTheBadCopyFirst()) {
      force(file); // what is read of the first may not be on the device
      file.write(header.encode(), Format.HEADER_COPY_AT);
      force(file);
    }
    return rewrite(file, header);
  }

  private void force(DiskFile file) throws SyncFailure {
    if (rules.syncsHeaders()) {
      Tail.force(file);
    }
  }

  /** Deletes a segment, without another write to its file. */
  void delete(Segment segment) throws IOException {
    segment.close();
    boolean first = rules.unlistsBeforeDeleting();
    if (first) {
      unlist(segment.number());
    }
    disk.deleteIfExists(path(segment.number()));
    disk.forceDirectory(directory);
    if (!first) {
      unlist(segment.number());
    }
    release(segment.number());
  }

  /** Closes the roster. */
  @Override
  public void close() throws IOException {
    Roster open = roster;
    if (open != null) {
      open.close();
    }
  }
}
