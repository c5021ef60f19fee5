package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.FailureClass;
import dev.spool.support.FileFacts;
import dev.spool.support.IoFailures;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Predicate;

/**
 * The names of messages: changes them and lists them.
 *
 * <p>Names change one at a time, under the lock of {@link DirectoryForces}, by the committer and by
 * a quarantine. Forcing and listing go on beside that. A listing that is under way is told of each
 * name that changes, since a file system may move a name that is replaced, and so show it to a
 * listing twice, or never.
 *
 * <p>Thread-safe.
 */
final class MessageFiles {
  /** How often the directory of a slot is made again, if it vanishes each time. */
  private static final int MOST_ATTEMPTS = 100;

  private final Disk disk;
  private final FileLayout layout;
  private final FailedPlaces failedPlaces;
  private final RecycledFiles recycled;

  /** Its lock is that of the names. */
  private final DirectoryForces forces;

  /** The slots that had a directory at some time, as far as that was asked. */
  @GuardedBy("forces")
  private final BitSet present = new BitSet(FileLayout.SLOTS);

  @GuardedBy("forces")
  private final List<Listing> listings = new ArrayList<>();

  /** A listing of one slot that is under way. Equal to itself only. */
  private static final class Listing {
    final int slot;

    /** The names that changed meanwhile: under the lock while it is under way, its own then. */
    final Set<SpoolId> changed = new HashSet<>();

    Listing(int slot) {
      this.slot = slot;
    }
  }

  /** Which slots were seen to have a directory, and not a link to one. */
  private final AtomicIntegerArray seen = new AtomicIntegerArray(FileLayout.SLOTS);

  MessageFiles(
      Disk disk,
      FileLayout layout,
      FailedPlaces failedPlaces,
      RecycledFiles recycled,
      DirectoryForces forces) {
    this.disk = disk;
    this.layout = layout;
    this.failedPlaces = failedPlaces;
    this.recycled = recycled;
    this.forces = forces;
  }

  /**
   * Prepares the directory of the slots for changes: to be called once, before everything else.
   * Makes it if need be, and forces the names of the slots that are there, since whoever made them
   * may have ended before it could.
   */
  void open() throws IOException {
    disk.createDirectories(layout.data());
    if (!disk.facts(layout.data()).directory()) {
      throw new NotDirectoryException(layout.data().toString());
    }
    disk.forceDirectory(layout.data());
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

  /**
   * Gives a complete file the name of a message, in place of the one that has it, if any.
   *
   * @return the number of the change, for {@link DirectoryForces#lost}
   */
  long place(Path temporary, SpoolId id) throws IOException {
    int slot = FileLayout.slot(id);
    synchronized (forces) {
      tellListings(slot, id);
      try {
        makeSlot(slot, false);
        long change = forces.change(slot);
        if (recycled.asksForMode()) {
          recycled.takeMode(disk.permissions(temporary));
        }
        rename(temporary, id);
        forces.changed(slot, change);
        return change;
      } catch (IOException e) {
        throw remembered(slot, e);
      }
    }
  }

  @GuardedBy("forces")
  private void rename(Path temporary, SpoolId id) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        disk.rename(temporary, layout.file(id));
        return;
      } catch (NoSuchFileException e) {
        // Somebody has removed the directory beneath us, and may be about to do so again.
        if (attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
      makeSlot(FileLayout.slot(id), true);
    }
  }

  /**
   * Takes the name of a message away, and so its file.
   *
   * @return the number of the change; {@link NameChanges#NONE} if it was not there
   */
  long remove(SpoolId id) throws IOException {
    return remove(id, () -> disk.deleteIfExists(layout.file(id)));
  }

  /** The same, but keeps the file to be written over, if it is worth it. */
  long recycle(SpoolId id) throws IOException {
    return remove(id, () -> keep(id));
  }

  private long remove(SpoolId id, Removal removal) throws IOException {
    int slot = FileLayout.slot(id);
    synchronized (forces) {
      try {
        return isPresent(slot) ? takeAway(slot, removal) : NameChanges.NONE;
      } catch (IOException e) {
        throw remembered(slot, e);
      }
    }
  }

  @GuardedBy("forces")
  private long takeAway(int slot, Removal removal) throws IOException {
    long change = forces.change(slot);
    if (!removal.run()) {
      return NameChanges.NONE;
    }
    forces.changed(slot, change);
    return change;
  }

  /** Takes a name away; returns whether it was there. */
  interface Removal {
    boolean run() throws IOException;
  }

  /** What a failing device has not done is tried again before stores are. */
  @GuardedBy("forces")
  private IOException remembered(int slot, IOException failure) {
    if (IoFailures.ofWrite(failure) == FailureClass.FATAL) {
      failedPlaces.add(present.get(slot) ? layout.directory(slot) : layout.data());
    }
    return failure;
  }

  private boolean keep(SpoolId id) throws IOException {
    Path file = layout.file(id);
    try {
      FileFacts facts = disk.facts(file);
      if (!facts.regularFile() || !recycled.wants(facts.length(), disk.permissions(file))) {
        return disk.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      return false;
    }
    Path kept = layout.newTemporary();
    try {
      disk.rename(file, kept);
    } catch (IOException e) {
      if (IoFailures.ofWrite(e) == FailureClass.FATAL) {
        throw e;
      }
      return disk.deleteIfExists(file); // which needs no room, nor a place for it
    }
    recycled.add(FileLayout.slot(id), kept);
    return true;
  }

  /** Tells whether there is something that a name can be taken away from. */
  @GuardedBy("forces")
  private boolean isPresent(int slot) throws IOException {
    if (!present.get(slot) && !isDirectory(slot)) {
      if (isForeign(slot)) {
        // A link, maybe to where the directory was moved: what lies there is not ours to remove,
        // and not gone either.
        throw new NotDirectoryException(layout.directory(slot).toString());
      }
      return false;
    }
    present.set(slot);
    return true;
  }

  /**
   * Moves a message's file out of the spool.
   *
   * @param removal does it, if it is still the file that is meant
   * @return the number of the change; {@link NameChanges#NONE} if it was not
   */
  long moveAway(SpoolId id, Removal removal) throws IOException {
    int slot = FileLayout.slot(id);
    synchronized (forces) {
      present.set(slot);
      return takeAway(slot, removal);
    }
  }

  /**
   * Tells whether a slot has a directory. Once it had, the file system is not asked again, which
   * each load would pay for: what is written into a live spool by somebody else is not guarded
   * against.
   *
   * @throws Damage if something else is in its place
   */
  boolean hasDirectory(int slot) throws IOException, Damage {
    if (seen.get(slot) == 0) {
      try {
        if (!disk.facts(layout.directory(slot)).directory()) {
          throw new Damage("its directory is none, or a symbolic link, which is not followed");
        }
      } catch (NoSuchFileException e) {
        return false;
      }
      seen.set(slot, 1);
    }
    return true;
  }

  /** Tells whether a slot has a directory now, and not a link to one. */
  boolean isDirectory(int slot) throws IOException {
    try {
      return disk.facts(layout.directory(slot)).directory();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Tells whether something that is no directory is in the place of a slot's, or a link to one. */
  boolean isForeign(int slot) throws IOException {
    try {
      return !disk.facts(layout.directory(slot)).directory();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @GuardedBy("forces")
  private void makeSlot(int slot, boolean again) throws IOException {
    if (again || !present.get(slot)) {
      if (!isDirectory(slot)) {
        forces.making(slot); // first: it may be there although its making fails
        if (disk.createDirectory(layout.directory(slot))) {
          forces.made(slot);
        }
      }
      present.set(slot);
    }
  }

  @GuardedBy("forces")
  private void tellListings(int slot, SpoolId id) {
    for (Listing listing : listings) {
      if (listing.slot == slot) {
        listing.changed.add(id);
      }
    }
  }

  /**
   * Makes sure that the slots' names last, although a force of them has failed: a force that has
   * something new to write brings the file system's journal up to it, and what was to be written
   * before. A slot that is not there yet is the one thing of which no reader takes notice.
   *
   * @throws IOException if that is not so
   */
  void proveSlotNames() throws IOException {
    synchronized (forces) {
      if (!forces.mayHaveLostSlotNames()) {
        return;
      }
      makeMissingSlot();
    }
    if (!forces.forceData()) {
      throw new IOException(layout.data() + " could not be forced again; open the spool again");
    }
  }

  @GuardedBy("forces")
  private void makeMissingSlot() throws IOException {
    for (int slot = 0; slot < FileLayout.SLOTS; slot++) {
      if (!disk.exists(layout.directory(slot))) {
        makeSlot(slot, true);
        return;
      }
    }
  }

  /** Changes and forces a directory of messages again that could not be changed, forced or read. */
  void prove(Path directory) throws IOException {
    if (directory.equals(layout.data())) {
      synchronized (forces) {
        makeMissingSlot();
      }
      boolean unused = forces.forceData(); // see above for what that proves
      return;
    }
    OptionalInt slot = FileLayout.parseSlot(String.valueOf(directory.getFileName()));
    if (slot.isPresent()) {
      changeName(slot.getAsInt());
      boolean unused = forces.force(slot.getAsInt());
    }
  }

  /**
   * Makes sure that the names in all slots last whose force has failed, however many there are: a
   * compaction would fail for the sake of one, though the storage works.
   *
   * @throws IOException if one fails still
   */
  void proveLostSlots() throws IOException {
    BitSet lost = forces.lostSlots();
    for (int slot = lost.nextSetBit(0); slot >= 0; slot = lost.nextSetBit(slot + 1)) {
      try {
        prove(layout.directory(slot));
      } catch (NoSuchFileException e) {
        if (forces.force(slot)) { // it is not its directory that somebody has removed
          throw e;
        }
      }
    }
  }

  /** Gives a name in the slot, which no scan shows, and takes it away. */
  private void changeName(int slot) throws IOException {
    long change = forces.change(slot);
    Path file = layout.newTemporary();
    disk.create(file).close();
    try {
      disk.rename(file, layout.probe(slot));
      forces.changed(slot, change);
    } finally {
      disk.deleteIfExists(file);
    }
    disk.deleteIfExists(layout.probe(slot));
  }

  /**
   * Lists the directory of the slots.
   *
   * @param entries is shown each entry of it, and tells whether to go on
   * @throws NoSuchFileException if there is no such directory
   */
  void listData(Predicate<Path> entries) throws IOException {
    disk.list(layout.data(), entries::test);
  }

  /**
   * Lists names in a slot: the messages', and what else is there. Whatever was there from start to
   * end is shown, replaced meanwhile or not, maybe more than once. One that is shown need not be
   * there any more.
   *
   * @param messages is shown a message, and tells whether to go on
   * @param others likewise; by their paths, since a name that is not ours need not be text
   * @return whether everything was shown
   */
  boolean list(int slot, Predicate<SpoolId> messages, Predicate<Path> others) throws IOException {
    Listing listing = new Listing(slot);
    boolean[] all = {true};
    synchronized (forces) {
      listings.add(listing);
    }
    try {
      disk.list(
          layout.directory(slot),
          entry -> {
            String name = String.valueOf(entry.getFileName());
            if (name.equals(FileLayout.PROBE)) {
              return true;
            }
            SpoolId id = FileLayout.parseFileName(name);
            boolean isOther = id == null || FileLayout.slot(id) != slot;
            all[0] = isOther ? others.test(entry) : messages.test(id);
            return all[0];
          });
    } finally {
      synchronized (forces) {
        listings.remove(listing);
      }
    }
    for (SpoolId id : listing.changed) {
      all[0] = all[0] && messages.test(id);
    }
    return all[0];
  }
}
