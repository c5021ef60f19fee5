package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What a scan has to look at: gives it out to the scan's readers, a few names at a time, slot by
 * slot, and sorted in each. Ids sort by time, which is the order in which the files were made, and
 * so about the one in which they and their inodes lie on the disk.
 *
 * <p>Thread-safe: who finds the names used up lists the next slot, while the others read. No
 * directory is open when a call has returned.
 */
final class ScanNames {
  /** Names that are held in memory at once, at most: some 10 MiB. */
  static final int MOST = 262_144;

  private static final int PORTION = 32;

  private final FileLayout layout;
  private final MessageFiles files;
  private final Faults faults;

  @GuardedBy("this")
  private Smallest<String> slots;

  @GuardedBy("this")
  private int nextSlot;

  /** The slot whose names are being given out; null before the first one, and after each. */
  @GuardedBy("this")
  private @Nullable Slot current;

  @GuardedBy("this")
  private boolean begun;

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

    Slot(int number, @Nullable SpoolId afterMessage, @Nullable String afterOther) {
      this.number = number;
      this.messages = new Smallest<>(afterMessage, MOST);
      this.others = new Smallest<>(afterOther, MOST);
    }
  }

  ScanNames(FileLayout layout, MessageFiles files, Faults faults) {
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
  synchronized @Nullable Portion next() {
    if (!begun) {
      slots = dataNames(null);
      begun = true;
    }
    while (true) {
      Slot slot = current;
      if (slot == null) {
        String name = nextName();
        if (name == null) {
          return null;
        }
        OptionalInt number = FileLayout.parseSlot(name);
        if (number.isEmpty() || !isDirectory(number.getAsInt())) {
          return new Portion(
              List.of(),
              List.of(new Foreign(layout.data().resolve(name), "it is no directory of messages")));
        }
        current = list(new Slot(number.getAsInt(), null, null));
      } else {
        Portion portion = next(slot);
        if (portion != null) {
          return portion;
        }
        current = behind(slot);
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

  private boolean isDirectory(int slot) {
    try {
      return files.isDirectory(slot);
    } catch (IOException e) {
      throw faults.reading("cannot look at", layout.directory(slot), e);
    }
  }

  private Slot list(Slot slot) {
    try {
      files.list(slot.number, slot.messages, slot.others);
    } catch (NoSuchFileException e) {
      return slot;
    } catch (IOException e) {
      throw faults.reading("cannot list", layout.directory(slot.number), e);
    }
    return slot;
  }

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
    List<SpoolId> portion = new ArrayList<>(messages.subList(slot.given, end));
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
    return list(new Slot(slot.number, slot.messages.last(), slot.others.last()));
  }
}
