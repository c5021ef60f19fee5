package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Forces the directories of messages, and knows what is on stable storage then. See {@link
 * NameChanges} for what a force that has failed means to those that come behind it.
 *
 * <p>The lock of this object is that of all names: {@link MessageFiles} holds it from the moment
 * that a change gets its number until it is made. It is not held during a force.
 *
 * <p>Thread-safe.
 */
final class DirectoryForces {
  private final Disk disk;
  private final FileLayout layout;
  private final FailedPlaces failedPlaces;
  private final RecycledFiles recycled;

  /** What has changed in each slot. */
  @GuardedBy("this")
  private final NameChanges[] changes = new NameChanges[FileLayout.SLOTS];

  /** What has changed in the directory of the slots. Its state is guarded by this object. */
  private final NameChanges slotNames = new NameChanges();

  /** The last change of each slot's own name. */
  @GuardedBy("this")
  private final long[] makings = new long[FileLayout.SLOTS];

  /**
   * Held during a force, so that there is one at a time: of two side by side, one could fail, and
   * the other succeed for what the first has lost. Taken before the lock of this object.
   */
  private final Object oneAtATime = new Object();

  DirectoryForces(Disk disk, FileLayout layout, FailedPlaces failedPlaces, RecycledFiles recycled) {
    this.disk = disk;
    this.layout = layout;
    this.failedPlaces = failedPlaces;
    this.recycled = recycled;
    Arrays.setAll(changes, slot -> new NameChanges());
  }

  /** A name in a slot is about to be changed: returns the number of that change. */
  synchronized long change(int slot) {
    return changes[slot].next();
  }

  /** That change has come to something: the slot's directory is not what it was before. */
  synchronized void changed(int slot, long change) {
    changes[slot].made(change);
  }

  synchronized long lastChange(int slot) {
    return changes[slot].last();
  }

  /** The directory of a slot is about to be made. */
  synchronized void making(int slot) {
    makings[slot] = slotNames.next();
  }

  /** It was made, and had not been there. */
  synchronized void made(int slot) {
    slotNames.made(makings[slot]);
  }

  /** Whether a force of the slots' names has failed, and certainly none was made since. */
  synchronized boolean mayHaveLostSlotNames() {
    return slotNames.areInDoubt();
  }

  /**
   * Brings all directories of slots that were made onto stable storage, by name.
   *
   * @return whether that is proved, as of {@link #forceData}
   */
  boolean forceSlotNames() throws IOException {
    synchronized (this) {
      if (slotNames.areForced()) {
        return true;
      }
    }
    return forceData();
  }

  /**
   * Forces the directory of the slots.
   *
   * @return whether that proves anything: what a force that failed has lost, none brings back
   */
  boolean forceData() throws IOException {
    boolean done = false;
    try {
      boolean proved = force(layout.data(), slotNames);
      done = true;
      return proved;
    } finally {
      if (!done) { // the caller may know of the slot alone
        failedPlaces.add(layout.data());
      }
    }
  }

  /**
   * Brings all changes in a slot that were made before the call onto stable storage; the name of
   * its directory is another matter, and so is what is {@link #lost}.
   *
   * @return whether what was stored before the call is there still; not if somebody has removed the
   *     directory
   */
  boolean force(int slot) throws IOException {
    NameChanges names;
    long covered;
    synchronized (this) {
      names = changes[slot];
      covered = names.last();
    }
    if (covered == NameChanges.NONE) {
      return true;
    }
    try {
      boolean unused = force(layout.directory(slot), names);
      return true;
    } catch (NoSuchFileException e) {
      forceLoss(names, covered);
      return false;
    }
  }

  /**
   * In a directory that somebody has removed all names are gone: they stay so when the loss of its
   * own name is durable.
   */
  private void forceLoss(NameChanges names, long covered) throws IOException {
    boolean proved = forceData();
    synchronized (this) {
      if (proved) {
        names.gone(covered);
      } else {
        names.failed();
      }
    }
  }

  private boolean force(Path directory, NameChanges names) throws IOException {
    synchronized (oneAtATime) {
      long covered;
      long made;
      synchronized (this) {
        covered = names.last();
        made = names.lastMade();
      }
      boolean failed = true;
      try {
        disk.forceDirectory(directory);
        failed = false;
      } catch (IOException e) {
        failed = Faults.isFailedForce(e);
        throw e;
      } finally {
        if (failed) {
          fail(names);
        }
      }
      synchronized (this) {
        return names.forced(covered, made);
      }
    }
  }

  private synchronized void fail(NameChanges names) {
    names.failed();
    recycled.end();
  }

  /**
   * Returns the last change of a slot that forces do not vouch for, however they end: one of them
   * has failed since. All that were made up to it are of unknown durability, and so is that a name
   * is not there; to be asked behind a force of the slot, and of the slots' names.
   *
   * @param making {@link #lastMaking}
   */
  synchronized long lost(int slot, long making) {
    return slotNames.isForced(making) ? changes[slot].lost() : Long.MAX_VALUE;
  }

  /**
   * Returns the last change of a slot's own name. To be asked between a force of the slot, which
   * may be that of a directory that was just made, and a force of the slots' names, which does not
   * vouch for one that is made meanwhile: nothing of what was forced before lies in that.
   */
  synchronized long lastMaking(int slot) {
    return makings[slot];
  }

  /** Tells whether all changes of a slot up to this one are on stable storage. */
  synchronized boolean isForced(int slot, long change) {
    return changes[slot].isForced(change);
  }

  /** Returns the slots whose changes a force may have lost, and certainly none was made since. */
  synchronized BitSet lostSlots() {
    BitSet inDoubt = new BitSet(FileLayout.SLOTS);
    for (int slot = 0; slot < FileLayout.SLOTS; slot++) {
      inDoubt.set(slot, changes[slot].areInDoubt());
    }
    return inDoubt;
  }

  /** Returns the slots with changes that have not been forced. */
  synchronized BitSet changedSlots() {
    BitSet changed = new BitSet(FileLayout.SLOTS);
    for (int slot = 0; slot < FileLayout.SLOTS; slot++) {
      changed.set(slot, !changes[slot].areForced());
    }
    return changed;
  }
}
