package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Files of removed messages, which new ones are written over: blocks that are allocated already
 * need no commit of the file system's journal. They lie among the temporary files, so that an
 * opening sweeps them, and no file of this kind is ever taken for a message.
 *
 * <p>A file that is removed gets a temporary name. It may be written over only when the loss of its
 * old name is durable, lest a power cut bring that back with another message's bytes; and when
 * nobody in this process reads it, lest a load find its message damaged that was removed meanwhile.
 * So it waits for a force of its slot's directory, and then for the readers. When a force has
 * failed, of a directory or of a message's file, nothing is written over any more until the spool
 * is opened again: which old names are gone for good, and which blocks can be trusted, is not
 * known.
 *
 * <p>Thread-safe. Extended by tests alone, to see that a rule that is broken is noticed.
 */
class RecycledFiles {
  /** Files that are kept at most, whatever they wait for. */
  private static final int MOST = 4096;

  /** Larger files are not kept, in bytes: the blocks are the smaller part of their cost. */
  private static final int LARGEST = 16 << 10;

  /** Files that wait for a force of their own, if none comes by. */
  private static final int DUE = 64;

  /** Written under the lock. */
  private volatile boolean on;

  /** The mode of files that are made now; null until one was. */
  @GuardedBy("this")
  private @Nullable Set<PosixFilePermission> mode;

  private final ReadPhases readers = new ReadPhases();
  private final LongAdder reused = new LongAdder();

  /** Renamed, by slot; the force of its directory has not begun. */
  @GuardedBy("this")
  private final Map<Integer, List<Path>> unforced = new HashMap<>();

  @GuardedBy("this")
  private int unforcedCount;

  /** Files that are kept: all of them, and those of which a force is under way too. */
  @GuardedBy("this")
  private int count;

  /** Forced, and maybe being read: since before this phase of readers, and the one before. */
  @GuardedBy("this")
  private List<Path> leaving = new ArrayList<>();

  @GuardedBy("this")
  private List<Path> left = new ArrayList<>();

  @GuardedBy("this")
  private final Deque<Path> ready = new ArrayDeque<>();

  RecycledFiles(boolean on) {
    this.on = on;
  }

  /** To be asked around each read: what is read is not written over. */
  ReadPhases readers() {
    return readers;
  }

  /**
   * Tells whether a file that is removed should be kept. An earlier opening may have had another
   * mode.
   */
  synchronized boolean wants(long length, Set<PosixFilePermission> itsMode) {
    return on && count < MOST && length <= LARGEST && itsMode.equals(mode);
  }

  /** Whether it is to be told the mode of the next file that is made. */
  boolean asksForMode() {
    if (!on) { // without the lock: for most spools it is off
      return false;
    }
    synchronized (this) {
      return mode == null;
    }
  }

  synchronized void takeMode(Set<PosixFilePermission> made) {
    mode = made;
  }

  boolean isOn() {
    return on;
  }

  /** A force has failed: nothing is written over any more. */
  synchronized void end() {
    on = false;
  }

  /** Takes a file that has been renamed out of a slot. */
  synchronized void add(int slot, Path file) {
    unforced.computeIfAbsent(slot, key -> new ArrayList<>()).add(file);
    unforcedCount++;
    count++;
  }

  /** Returns the slots whose force many wait for. */
  synchronized List<Integer> dueSlots() {
    return unforcedCount < DUE ? List.of() : List.copyOf(unforced.keySet());
  }

  /** A force of a slot's directory begins: returns the files that it covers. */
  synchronized List<Path> forcing(int slot) {
    List<Path> covered = unforced.remove(slot);
    if (covered == null) {
      return List.of();
    }
    unforcedCount -= covered.size();
    return covered;
  }

  /** The force has succeeded. */
  synchronized void forced(List<Path> covered) {
    boolean kept = false;
    try {
      left.addAll(covered);
      kept = true;
    } finally {
      count -= kept ? 0 : covered.size(); // without memory for it they are left to the next opening
    }
    advance();
  }

  /** The files will not be used again. */
  synchronized void forget(List<Path> covered) {
    count -= covered.size();
  }

  @GuardedBy("this")
  private void advance() {
    List<Path> next = new ArrayList<>(); // first: without memory nothing has happened
    if (readers.tryChange()) {
      ready.addAll(leaving);
      leaving = left;
      left = next;
    }
  }

  /**
   * Returns a file to write over, which is the caller's now; null if there is none.
   *
   * <p>There is none for what is not forced before it gets its name: a power cut could bring the
   * old message back under that name. It might be its own, if an id is stored again that was
   * removed.
   *
   * @param forced whether what is written will be forced
   */
  @Nullable Path take(boolean forced) {
    if (!on || !forced) { // without the lock: for most spools it is off
      return null;
    }
    synchronized (this) {
      if (!on) {
        return null;
      }
      if (ready.isEmpty()) {
        advance();
      }
      Path file = ready.poll();
      if (file != null) {
        count--;
        reused.increment();
      }
      return file;
    }
  }

  /** Returns all that is kept, to be deleted: whatever it waits for, it is not used any more. */
  synchronized List<Path> takeAll() {
    List<Path> all = new ArrayList<>(ready);
    all.addAll(leaving);
    all.addAll(left);
    unforced.values().forEach(all::addAll);
    ready.clear();
    leaving.clear();
    left.clear();
    unforced.clear();
    unforcedCount = 0;
    count -= all.size();
    return all;
  }

  /** Returns how many files were written over. */
  long reused() {
    return reused.sum();
  }
}
