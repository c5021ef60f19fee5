package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * The names of messages: changes them, forces them, and lists them.
 *
 * <p>Names change one at a time, under the lock of this object, by the committer and by a
 * quarantine. Forcing and listing go on beside that. A listing that is under way is told of each
 * name that changes, since a file system may move a name that is replaced, and so show it to a
 * listing twice, or never.
 *
 * <p>Thread-safe.
 */
final class MessageFiles {
  private final Disk disk;
  private final FileLayout layout;

  /** The slots whose directories are there. */
  @GuardedBy("this")
  private final BitSet present = new BitSet(FileLayout.SLOTS);

  /** The slots with changes that nobody has forced. */
  @GuardedBy("this")
  private final BitSet changed = new BitSet(FileLayout.SLOTS);

  /** How many directories of slots were made, and how many of those names are forced. */
  @GuardedBy("this")
  private long made;

  @GuardedBy("this")
  private long madeAndForced;

  @GuardedBy("this")
  private final List<Listing> listings = new ArrayList<>();

  /** A listing of one slot that is under way. Equal to itself only. */
  private static final class Listing {
    final int slot;

    /** The names that changed meanwhile: under the lock while it is under way, its own then. */
    final Set<String> changed = new HashSet<>();

    Listing(int slot) {
      this.slot = slot;
    }
  }

  MessageFiles(Disk disk, FileLayout layout) {
    this.disk = disk;
    this.layout = layout;
  }

  /**
   * Prepares the directory of the slots for changes: to be called once, before everything else.
   * Makes it if need be, and forces the names of the slots that are there, since whoever made them
   * may have ended before it could.
   */
  void open() throws IOException {
    disk.createDirectories(layout.data());
    BitSet found = new BitSet(FileLayout.SLOTS);
    disk.list(
        layout.data(),
        entry -> {
          OptionalInt slot = FileLayout.parseSlot(String.valueOf(entry.getFileName()));
          if (slot.isPresent() && disk.facts(entry).directory()) {
            found.set(slot.getAsInt());
          }
          return true;
        });
    disk.forceDirectory(layout.data());
    synchronized (this) {
      present.or(found);
    }
  }

  /**
   * Refuses a link in place of the directory of the slots, which reading would follow. An opening
   * for changes finds that out when it lists them.
   */
  void refuseLinkedData() throws IOException {
    try {
      if (!disk.facts(layout.data()).directory()) {
        throw new NotDirectoryException(layout.data().toString());
      }
    } catch (NoSuchFileException e) {
      return; // its making was cut short
    }
  }

  /** Gives a complete file the name of a message, in place of the one that has it, if any. */
  synchronized void place(Path temporary, SpoolId id) throws IOException {
    int slot = FileLayout.slot(id);
    makeSlot(slot);
    tellListings(slot, id);
    changed.set(slot);
    try {
      disk.rename(temporary, layout.file(id));
    } catch (NoSuchFileException e) {
      // Somebody has removed the directory beneath us.
      present.clear(slot);
      makeSlot(slot);
      disk.rename(temporary, layout.file(id));
    }
  }

  /**
   * Takes the name of a message away, and so its file.
   *
   * @return whether it was there
   */
  synchronized boolean remove(SpoolId id) throws IOException {
    int slot = FileLayout.slot(id);
    if (!present.get(slot) && !isDirectory(slot)) {
      return false; // at most a link, which leads out of the spool
    }
    present.set(slot);
    changed.set(slot);
    return disk.deleteIfExists(layout.file(id));
  }

  /** Moves a message's file away, if it is still damaged, by whatever {@code move} does. */
  synchronized void moveAway(SpoolId id, Move move) throws IOException {
    changed.set(FileLayout.slot(id));
    move.run();
  }

  /** Does what must not happen beside a change of names. */
  interface Move {
    void run() throws IOException;
  }

  /** Tells whether a slot has a directory, and not a link to one. */
  boolean isDirectory(int slot) throws IOException {
    try {
      return disk.facts(layout.directory(slot)).directory();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @GuardedBy("this")
  private void makeSlot(int slot) throws IOException {
    if (!present.get(slot)) {
      if (disk.createDirectory(layout.directory(slot))) {
        made++;
      }
      present.set(slot);
    }
  }

  @GuardedBy("this")
  private void tellListings(int slot, SpoolId id) {
    for (Listing listing : listings) {
      if (listing.slot == slot) {
        listing.changed.add(FileLayout.fileName(id));
      }
    }
  }

  /** Brings all directories of slots that were made onto stable storage, by name. */
  void forceSlotNames() throws IOException {
    long covered;
    synchronized (this) {
      if (made == madeAndForced) {
        return;
      }
      covered = made;
    }
    disk.forceDirectory(layout.data());
    synchronized (this) {
      madeAndForced = Math.max(madeAndForced, covered);
    }
  }

  /**
   * Brings all changes in a slot that were made before the call onto stable storage; the name of
   * its directory is another matter. A slot that has no directory has no changes.
   */
  void force(int slot) throws IOException {
    synchronized (this) {
      changed.clear(slot);
      if (!present.get(slot)) {
        return;
      }
    }
    boolean done = false;
    try {
      disk.forceDirectory(layout.directory(slot));
      done = true;
    } finally {
      if (!done) {
        synchronized (this) {
          changed.set(slot);
        }
      }
    }
  }

  /** Returns the slots with changes that have not been forced. */
  synchronized BitSet changedSlots() {
    return (BitSet) changed.clone();
  }

  /**
   * Lists the names in the directory of the slots, sorted. Empty if there is no such directory, as
   * in a spool whose making was cut short.
   *
   * @param limit how many to return at most
   */
  List<String> dataNames(String after, int limit) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try {
      collect(layout.data(), after, limit, names);
    } catch (NoSuchFileException e) {
      return List.of();
    }
    return List.copyOf(names);
  }

  /**
   * Lists names in a slot: the first {@code limit} ones behind {@code after}, sorted. Whatever was
   * there from start to end is among them, replaced meanwhile or not. One that is returned need not
   * be there any more.
   */
  List<String> slotNames(int slot, String after, int limit) throws IOException {
    Listing listing = new Listing(slot);
    synchronized (this) {
      listings.add(listing);
    }
    TreeSet<String> names = new TreeSet<>();
    try {
      collect(layout.directory(slot), after, limit, names);
    } finally {
      synchronized (this) {
        listings.remove(listing);
      }
    }
    for (String name : listing.changed) {
      offer(name, after, limit, names);
    }
    return List.copyOf(names);
  }

  private void collect(Path directory, String after, int limit, NavigableSet<String> names)
      throws IOException {
    disk.list(
        directory,
        entry -> {
          offer(String.valueOf(entry.getFileName()), after, limit, names);
          return true;
        });
  }

  private static void offer(String name, String after, int limit, NavigableSet<String> names) {
    if (name.compareTo(after) > 0) {
      names.add(name);
      if (names.size() > limit) {
        names.pollLast();
      }
    }
  }
}
