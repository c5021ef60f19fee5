package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a scan has to look at: gives it out to the scan's readers, a few names at a time, slot by
 * slot, and sorted in each. Ids sort by time, which is the order in which the files were made, and
 * so about the one in which they and their inodes lie on the disk.
 *
 * <p>Thread-safe: who finds the names used up lists the next slot, while the others read, or wait.
 * No directory is open when all calls have returned.
 */
final class ScanNames {
  /** Names that are held in memory at once, at most: some 10 MiB. */
  static final int MOST = 262_144;

  private static final int PORTION = 32;

  /**
   * Names of the first slot that are given out before it has been listed, in whatever order: so the
   * first entry does not wait for that.
   */
  private static final int EARLY = 1024;

  private final FileLayout layout;
  private final MessageFiles files;
  private final Faults faults;
  private final Runnable checkCancelled;

  @GuardedBy("this")
  private Smallest<String> slots;

  @GuardedBy("this")
  private int nextSlot;

  /** The slot whose names are being given out; null before the first one, and after each. */
  @GuardedBy("this")
  private @Nullable Slot current;

  @GuardedBy("this")
  private boolean begun;

  /** Whether one of the readers lists a slot, without the lock; the others wait. */
  @GuardedBy("this")
  private boolean listing;

  /** What that one has found, and not listed to the end. */
  @GuardedBy("this")
  private final Deque<Portion> early = new ArrayDeque<>();

  /** The names that were in there, which come up again. */
  @GuardedBy("this")
  private final Set<SpoolId> givenEarly = new HashSet<>();

  /** How many names may still be given out early. */
  @GuardedBy("this")
  private int earlyLeft = EARLY;

  /** A few names: messages, and what is none. */
  record Portion(List<SpoolId> messages, List<Foreign> foreign) {}

  /** Something that no store has written. */
  record Foreign(Path place, String error) {}

  /** One slot, or a part of it. */
  private static final class Slot {
    final int number;
    final Smallest<SpoolId> messages;
    final Smallest<String> others;
    int given;
    boolean othersGiven;
    boolean listed;

    Slot(int number, @Nullable SpoolId afterMessage, @Nullable String afterOther) {
      this.number = number;
      this.messages = new Smallest<>(afterMessage, MOST);
      this.others = new Smallest<>(afterOther, MOST);
    }
  }

  /**
   * Makes it.
   *
   * @param checkCancelled throws if the scan is to end: asked for each name and each slot
   */
  ScanNames(FileLayout layout, MessageFiles files, Faults faults, Runnable checkCancelled) {
    this.checkCancelled = checkCancelled;
    this.layout = layout;
    this.files = files;
    this.faults = faults;
    this.slots = new Smallest<>(null, MOST);
  }

  /**
   * Returns the next names; null if there are none left.
   *
   * @throws SpoolException if a directory cannot be listed now
   */
  @Nullable Portion next() {
    while (true) {
      checkCancelled.run();
      Slot toList;
      synchronized (this) {
        awaitListing();
        Portion portion = early.isEmpty() ? nextListed() : early.remove();
        toList = current;
        if (portion != null || toList == null) {
          return portion;
        }
        listing = true;
      }
      try {
        list(toList);
      } finally {
        synchronized (this) {
          listing = false;
          toList.listed = true;
          notifyAll();
        }
      }
    }
  }

  @GuardedBy("this")
  private void awaitListing() {
    boolean interrupted = false;
    while (listing && early.isEmpty()) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Returns the next names of what has been listed; null if a slot has to be, which is the current
   * one then, or if there are no more.
   */
  @GuardedBy("this")
  private @Nullable Portion nextListed() {
    if (!begun) {
      slots = dataNames(null);
      begun = true;
    }
    while (true) {
      Slot slot = current;
      if (slot != null && !slot.listed) {
        return null;
      }
      Portion portion = slot == null ? null : next(slot);
      if (portion != null) {
        return portion;
      }
      current = slot == null ? null : behind(slot);
      if (current == null) {
        String name = nextName();
        if (name == null) {
          return null;
        }
        OptionalInt number = FileLayout.parseSlot(name);
        if (number.isEmpty() || isForeign(number.getAsInt())) {
          return new Portion(
              List.of(),
              List.of(new Foreign(layout.data().resolve(name), "it is no directory of messages")));
        }
        current = new Slot(number.getAsInt(), null, null);
      }
    }
  }

  @GuardedBy("this")
  private @Nullable String nextName() {
    List<String> names = slots.take();
    if (nextSlot == names.size() && slots.isCut()) {
      slots = dataNames(names.get(nextSlot - 1));
      names = slots.take();
      nextSlot = 0;
    }
    return nextSlot < names.size() ? names.get(nextSlot++) : null;
  }

  private Smallest<String> dataNames(@Nullable String after) {
    try {
      return files.dataNames(after, MOST);
    } catch (IOException e) {
      throw faults.reading("cannot list", layout.data(), e);
    }
  }

  private boolean isForeign(int slot) {
    try {
      return files.isForeign(slot);
    } catch (IOException e) {
      throw faults.reading("cannot look at", layout.directory(slot), e);
    }
  }

  private void list(Slot slot) {
    Set<SpoolId> found = new HashSet<>();
    Smallest<SpoolId> messages = slot.messages;
    try {
      files.list(
          slot.number,
          id -> {
            checkCancelled.run();
            messages.offer(id);
            giveEarly(found, id);
          },
          slot.others);
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw faults.reading("cannot list", layout.directory(slot.number), e);
    }
  }

  /** Gives out what is {@code found} of the first slot, some at a time, while it is listed. */
  private synchronized void giveEarly(Set<SpoolId> found, SpoolId id) {
    if (earlyLeft == 0 || givenEarly.contains(id)) {
      return;
    }
    found.add(id);
    if (found.size() == PORTION) {
      givenEarly.addAll(found);
      early.add(new Portion(List.copyOf(found), List.of()));
      earlyLeft -= PORTION;
      found.clear();
      notifyAll();
    }
  }

  @GuardedBy("this")
  private @Nullable Portion next(Slot slot) {
    List<SpoolId> messages = slot.messages.take();
    List<Foreign> foreign = List.of();
    if (!slot.othersGiven) {
      slot.othersGiven = true;
      foreign = slot.others.take().stream().map(name -> foreign(slot.number, name)).toList();
    }
    int end = Math.min(messages.size(), slot.given + PORTION);
    if (end == slot.given && foreign.isEmpty()) {
      return null;
    }
    List<SpoolId> portion = new ArrayList<>();
    for (SpoolId id : messages.subList(slot.given, end)) {
      if (!givenEarly.remove(id)) {
        portion.add(id);
      }
    }
    slot.given = end;
    return new Portion(portion, foreign);
  }

  private Foreign foreign(int slot, String name) {
    Path place = layout.directory(slot).resolve(name);
    SpoolId id = FileLayout.parseFileName(name);
    return new Foreign(
        place,
        id == null
            ? "its name is no message's"
            : "it belongs into " + layout.directory(FileLayout.slot(id)));
  }

  /** Returns the rest of a slot whose names were more than are held at once, if there is one. */
  private @Nullable Slot behind(Slot slot) {
    if (!slot.messages.isCut() && !slot.others.isCut()) {
      return null;
    }
    return new Slot(slot.number, slot.messages.last(), slot.others.last());
  }
}
