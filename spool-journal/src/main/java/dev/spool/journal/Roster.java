package dev.spool.journal;

import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.FailureClass;
import dev.spool.support.IoFailures;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The list of the segments that there are, in a file beside their directory: one that is on it and
 * not there was lost.
 *
 * <p>A segment is added when its name is on stable storage, and before anything is written to it;
 * it is taken off before it is deleted. So whatever is cut short, the list never names one that the
 * spool has deleted itself, and never lacks one that holds what was acknowledged. There are two
 * copies of it, written one after the other, each synced before the next step: at any moment one of
 * them is whole. A segment that is used again stays on it, which takes no write.
 *
 * <p>What cannot be read says nothing, and is left as it is, so that it is told each time.
 *
 * <p>Safe for use by any thread.
 */
final class Roster implements Closeable {
  static final String FILE = "ROSTER";

  private static final String MISSING =
      "it is missing, and the spool has not deleted it; put it back while the spool is closed, or"
          + " delete the file "
          + FILE
          + " to go on without what was in it";

  /** More segments than these are not named one by one. */
  private static final int MOST_NAMED = 1000;

  /** Stands for it among the numbers of segments of which a write has failed. */
  static final int NUMBER = -1;

  private final Disk disk;
  private final Path path;
  private final UUID store;
  private final Rules rules;
  private final boolean damaged;
  private final @Nullable RosterCopy first;
  private final @Nullable RosterCopy second;

  // The rest is guarded by this.

  /** Null where there is none that can be written to. */
  private @Nullable DiskFile file;

  /** How long a copy may become. */
  private int room = Format.BLOCK;

  private BitSet numbers;
  private long change;

  /** A write has failed: it is not known which of the copies are what they are to be. */
  private volatile boolean failed;

  private Roster(
      Disk disk, Path path, UUID store, Rules rules, @Nullable DiskFile file, Copies copies) {
    this.disk = disk;
    this.path = path;
    this.store = store;
    this.rules = rules;
    this.file = file;
    this.first = copies.first;
    this.second = copies.second;
    RosterCopy counts = copies.later();
    this.damaged = copies.room > 0 && counts == null;
    this.room = Math.max(Format.BLOCK, copies.room);
    this.change = counts == null ? 0 : counts.change();
    this.numbers = counts == null ? new BitSet() : (BitSet) counts.numbers().clone();
  }

  /**
   * What is in the file.
   *
   * @param room where the second copy begins, or is to; 0 if there is no file
   */
  private record Copies(@Nullable RosterCopy first, @Nullable RosterCopy second, int room) {
    static final Copies NONE = new Copies(null, null, 0);

    @Nullable RosterCopy later() {
      return RosterCopy.later(first, second);
    }
  }

  /** Returns where the roster of the segments in a directory is: beside it. */
  private static Path path(Path directory) {
    return directory.resolveSibling(FILE);
  }

  /**
   * Reads the roster of the segments in a directory, which may be open elsewhere.
   *
   * @return null if there is none
   * @throws Damage if neither of its copies is whole
   */
  static @Nullable RosterCopy peek(Disk disk, Path directory, UUID store)
      throws IOException, Damage {
    Path path = path(directory);
    try {
      Format.requireFile(disk, path);
      try (DiskFile file = disk.openRead(path)) {
        RosterCopy counts = copies(file, store).later();
        if (counts == null) {
          throw damage(path);
        }
        return counts;
      }
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Opens the roster of the segments in a directory; nothing is written before {@link #establish}.
   */
  static Roster open(Disk disk, Path directory, UUID store, Rules rules) throws IOException {
    Path path = path(directory);
    if (!disk.exists(path)) {
      return new Roster(disk, path, store, rules, null, Copies.NONE);
    }
    Format.requireFile(disk, path);
    DiskFile file = disk.openWrite(path);
    boolean kept = false;
    try {
      Copies copies = copies(file, store);
      kept = copies.later() != null;
      return new Roster(disk, path, store, rules, kept ? file : null, copies);
    } finally {
      if (!kept) {
        file.close();
      }
    }
  }

  /** Reads both; if one cannot be read, the other one does, if it is whole. */
  private static Copies copies(DiskFile file, UUID store) throws IOException {
    long size = file.size();
    long half = Math.min(size / 2, RosterCopy.MOST_BYTES) & -Format.BLOCK;
    RosterCopy first = null;
    RosterCopy second = null;
    IOException failure = null;
    try {
      first = copy(file, 0, half == 0 ? size : half, store);
    } catch (IOException e) {
      failure = e;
    }
    try {
      second = half == 0 ? null : copy(file, half, size, store);
    } catch (IOException e) {
      failure = e;
    }
    if (failure != null && first == null && second == null) {
      throw new IOException(
          "cannot read "
              + file.path()
              + ", which lists the segments; if that stays so, delete it to go on with those that"
              + " are there: "
              + failure.getMessage(),
          failure);
    }
    return new Copies(first, second, (int) Math.max(Format.BLOCK, half));
  }

  private static @Nullable RosterCopy copy(DiskFile file, long at, long end, UUID store)
      throws IOException {
    int length = (int) Math.min(end - at, RosterCopy.MOST_BYTES);
    ByteBuffer bytes = ByteBuffer.allocate(length);
    file.readFully(bytes, at);
    RosterCopy copy = RosterCopy.decode(bytes.flip());
    return copy != null && copy.store().equals(store) ? copy : null;
  }

  private static Damage damage(Path path) {
    return new Damage(
        path.toString(),
        "which segments there are to be cannot be read, so that one may be missing; delete the file"
            + " to go on with those that are there");
  }

  /**
   * Returns what is wrong with segments that are on the list, and not there.
   *
   * @param directory of the segments
   */
  static List<Damage> missing(Path directory, BitSet numbers) {
    List<Damage> all = new ArrayList<>();
    for (int next = numbers.nextSetBit(0);
        next >= 0 && all.size() < MOST_NAMED;
        next = numbers.nextSetBit(next + 1)) {
      all.add(new Damage(directory.resolve(Format.fileName(next)).toString(), MISSING));
    }
    int more = numbers.cardinality() - all.size();
    if (more > 0) {
      all.add(new Damage(directory.toString(), more + " more segments are missing"));
    }
    return all;
  }

  /** Returns what is wrong with it; null if nothing is. */
  @Nullable Damage damage() {
    return damaged ? damage(path) : null;
  }

  /** Tells whether there is none. */
  synchronized boolean isAbsent() {
    return !damaged && file == null;
  }

  /** Returns the numbers of the segments that were listed when it was opened, or are by now. */
  synchronized BitSet listed() {
    return (BitSet) numbers.clone();
  }

  /**
   * Brings onto stable storage which segments there are, and makes a roster if there is none. To be
   * called once, before any segment is made, written to or deleted, and when the names of all of
   * them are on stable storage.
   *
   * @param all those that are there, and those that are missing
   * @param again whether a write or a sync of it has failed: what is read of it is not believed,
   *     and nothing more is written to that file if there is room for another one
   * @return whether there is one now: there may be no room for a new one
   */
  synchronized boolean establish(BitSet all, boolean again) throws IOException {
    try {
      return !damaged && bring(all, again);
    } catch (SyncFailure e) {
      throw e.failure(); // it is what an opening fails for
    }
  }

  private boolean bring(BitSet all, boolean again) throws IOException {
    DiskFile open = file;
    boolean same = !again && first != null && first.equals(second) && all.equals(numbers);
    ByteBuffer next = next((BitSet) all.clone());
    if (open == null) {
      return makeIfThereIsRoom(next);
    }
    if (rules.syncsNamesFound()) {
      forceName();
    }
    if (again && makeIfThereIsRoom(next)) {
      return true;
    }
    try {
      force(open, false); // what is read of it may not be on the device
      if (!same) {
        rewrite(open, next);
      }
    } catch (IOException e) {
      replaceAfter(e, next);
    }
    return true;
  }

  private boolean makeIfThereIsRoom(ByteBuffer copy) throws IOException {
    DiskFile made;
    try {
      made = make(copy);
    } catch (IOException e) {
      if (IoFailures.ofWrite(e instanceof SyncFailure sync ? sync.failure() : e)
          == FailureClass.SPACE) {
        return false;
      }
      throw e;
    }
    install(made, copy.limit()); // a name that was not forced is a failure, for want of room too
    return true;
  }

  private void rewrite(DiskFile open, ByteBuffer next) throws IOException {
    if (next.limit() > room) {
      replace(next);
    } else if (second == null && rules.mendsTheBadCopyFirst()) {
      write(open, next, room); // the one that can be read is written to when there are two
      write(open, next, 0);
    } else {
      write(open, next, 0);
      write(open, next, room);
    }
  }

  /** The device may take another file where it does not take this one any more. */
  private void replaceAfter(IOException failure, ByteBuffer next) throws IOException {
    try {
      replace(next);
    } catch (IOException e) {
      failure.addSuppressed(e);
      throw failure;
    }
  }

  /** Returns the next copy, of a list that nobody else changes. */
  private ByteBuffer next(BitSet list) {
    ByteBuffer copy = new RosterCopy(store, change + 1, list).encode();
    numbers = list;
    change++;
    return copy;
  }

  private void write(DiskFile open, ByteBuffer copy, int at) throws IOException {
    open.write(copy.duplicate(), at);
    force(open, true);
  }

  private void force(DiskFile open, boolean metadata) throws IOException {
    if (rules.syncsRoster()) {
      try {
        open.force(metadata);
      } catch (IOException e) {
        throw new SyncFailure(path, e);
      }
    }
  }

  /** Puts another file in its place. */
  private void replace(ByteBuffer copy) throws IOException {
    install(make(copy), copy.limit());
  }

  private Path unfinished() {
    return path.resolveSibling(FILE + ".new");
  }

  private DiskFile make(ByteBuffer copy) throws IOException {
    boolean unused = disk.deleteIfExists(unfinished());
    DiskFile made = disk.create(unfinished());
    boolean done = false;
    try {
      made.write(copy.duplicate(), 0);
      made.write(copy.duplicate(), copy.limit());
      force(made, true);
      done = true;
      return made;
    } finally {
      if (!done) {
        made.close();
        boolean unusedToo = disk.deleteIfExists(unfinished());
      }
    }
  }

  private void install(DiskFile made, int length) throws IOException {
    boolean done = false;
    try {
      disk.rename(unfinished(), path);
      forceName();
      done = true;
    } finally {
      if (!done) {
        made.close();
      }
    }
    DiskFile old = file;
    file = made;
    room = length;
    if (old != null) {
      old.close();
    }
  }

  private void forceName() throws IOException {
    disk.forceDirectory(Objects.requireNonNull(path.getParent()));
  }

  /** A segment is there, and its name on stable storage; nothing was written to it. */
  void add(int number) throws IOException {
    set(number, true);
  }

  /** A segment of which nothing is needed is about to be deleted. */
  void remove(int number) throws IOException {
    set(number, false);
  }

  private synchronized void set(int number, boolean there) throws IOException {
    DiskFile open = file;
    if (open == null || numbers.get(number) == there) {
      return;
    }
    if (failed) {
      throw new IOException("a write to " + path + " has failed");
    }
    BitSet changed = (BitSet) numbers.clone();
    changed.set(number, there);
    ByteBuffer next = next(changed); // if there is no memory for it, nothing has happened
    boolean done = false;
    try {
      if (next.limit() > room) {
        replace(next);
      } else {
        write(open, next, 0);
        write(open, next, room);
      }
      done = true;
    } finally {
      failed |= !done;
    }
  }

  /** Tells whether a write has failed: it is to be opened again before it is written to. */
  boolean hasFailed() {
    return failed;
  }

  @Override
  public synchronized void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
