package dev.spool.filesystem;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a scan has to look at: gives it out to the scan's readers, a few names at a time, sorted in
 * each slot. Ids sort by time, which is the order in which the files were made, and so about the
 * one in which they and their inodes lie on the disk.
 *
 * <p>Whoever finds the names used up lists a slot, two side by side at first, so that others are
 * free to read what these find; and one more for each that was empty, so that thousands of those
 * hold up the first entry less. A slot of more than {@link #SMALL} names is not listed to the end
 * at first: those that were seen are given out, and then it is listed in passes, one such slot at a
 * time. What is no message is held as the path that the file system has shown, since its name need
 * not be text.
 *
 * <p>Thread-safe. No directory is open when all calls have returned.
 */
final class ScanNames {
  /** Messages of a large slot that are held in memory at once, at most: some 10 MiB. */
  static final int MOST = 262_144;

  /** Names of each other slot: some 5 MiB for as many slots as there are readers. */
  static final int SMALL = 4096;

  /**
   * What is no message of a large slot, or is in the directory of the slots: paths that somebody
   * else has named, of up to some 800 bytes each with their text, and so 6 MiB.
   */
  static final int MOST_FOREIGN = 8192;

  /** The same of each other slot: some 6 MiB for as many slots as there are readers. */
  static final int FEW_FOREIGN = 256;

  private static final int PORTION = 32;

  /**
   * Messages that are given out before those of any slot are all known, in whatever order: so the
   * first entry does not wait for that.
   */
  private static final int EARLY = 1024;

  private final FileLayout layout;
  private final MessageFiles files;
  private final Presence presence;
  private final Faults faults;
  private final Runnable checkCancelled;

  @GuardedBy("this")
  private Smallest<Path> slots;

  @GuardedBy("this")
  private int nextSlot;

  @GuardedBy("this")
  private boolean begun;

  /** The listings whose names are being given out, the first one's first. */
  @GuardedBy("this")
  private final Deque<Listed> listed = new ArrayDeque<>();

  /** Slots that are to be listed in passes; while there are any, no other is begun. */
  @GuardedBy("this")
  private final Deque<Pass> large = new ArrayDeque<>();

  /** How many readers list a slot now, without the lock. */
  @GuardedBy("this")
  private int listing;

  /** How many listings have ended. */
  @GuardedBy("this")
  private long ended;

  /** How many may, unless it is for {@link #large}. */
  @GuardedBy("this")
  private int listers = 2;

  /** Whether one of them does so for {@link #large}. */
  @GuardedBy("this")
  private boolean listingLarge;

  /** Whether a listing has failed, so that nothing more is given out. */
  @GuardedBy("this")
  private boolean failed;

  /** What is given out before anything else. */
  @GuardedBy("this")
  private final Deque<Portion> atOnce = new ArrayDeque<>();

  /** The names that were in there, and come up again when their slot has been listed. */
  @GuardedBy("this")
  private final Set<SpoolId> givenEarly = new HashSet<>();

  /** How many names may still be given out early. */
  @GuardedBy("this")
  private int earlyLeft = EARLY;

  /** A few names: messages, and what is none. */
  record Portion(List<SpoolId> messages, List<Foreign> foreign) {}

  /** Something that no store has written. */
  record Foreign(Path place, String error) {}

  /**
   * What is to be listed of a slot.
   *
   * @param given messages of it that were given out by its first listing, sorted; null if this is
   *     that one, which ends at {@link #SMALL} names
   * @param afterMessage where the pass before has ended
   * @param afterOther likewise
   */
  private record Pass(
      int slot,
      @Nullable List<SpoolId> given,
      @Nullable SpoolId afterMessage,
      @Nullable Path afterOther) {}

  /** What a listing has found, sorted, and how much of it was given out. */
  private static final class Listed {
    final Pass pass;
    final List<SpoolId> messages;
    final List<Path> others;

    /** What comes next of this slot; null if nothing does. */
    final @Nullable Pass rest;

    int messagesGiven;
    int othersGiven;

    Listed(Pass pass, List<SpoolId> messages, List<Path> others, @Nullable Pass rest) {
      this.pass = pass;
      this.messages = messages;
      this.others = others;
      this.rest = rest;
    }
  }

  /**
   * Makes it.
   *
   * @param checkCancelled throws if the scan is to end: asked for each name and each slot
   */
  ScanNames(
      FileLayout layout,
      MessageFiles files,
      Presence presence,
      Faults faults,
      Runnable checkCancelled) {
    this.checkCancelled = checkCancelled;
    this.layout = layout;
    this.files = files;
    this.presence = presence;
    this.faults = faults;
    this.slots = new Smallest<>(null, MOST_FOREIGN);
  }

  /**
   * Returns the next names; null if there are none left, or a listing has failed.
   *
   * @throws SpoolException if a directory cannot be listed now
   */
  @Nullable Portion next() {
    while (true) {
      checkCancelled.run();
      Pass pass;
      synchronized (this) {
        Portion portion = nextListed();
        if (portion != null || failed) {
          return portion;
        }
        pass = nextLarge();
        boolean mayList = pass == null && large.isEmpty() && listing < listers;
        Path place = mayList ? nextPlace() : null;
        if (place != null) {
          OptionalInt slot = FileLayout.parseSlot(String.valueOf(place.getFileName()));
          if (slot.isEmpty()) {
            return new Portion(List.of(), List.of(noSlot(place)));
          }
          pass = new Pass(slot.getAsInt(), null, null, null);
        }
        if (pass == null) {
          if (listing == 0) {
            return null;
          }
          awaitListing();
          continue;
        }
        listing++;
      }
      listAndAdd(pass);
    }
  }

  /** Lists, and gives out what was found, or notes that it failed. */
  private void listAndAdd(Pass pass) {
    boolean added = false;
    try {
      add(list(pass));
      added = true;
    } finally { // needs no memory: others wait for it
      end(added);
    }
  }

  private synchronized void add(Listed found) {
    listed.add(found);
    if (found.messages.isEmpty()) {
      listers++;
    } else {
      earlyLeft = 0;
    }
  }

  private synchronized void end(boolean added) {
    listing--;
    ended++;
    failed |= !added;
    notifyAll();
  }

  @GuardedBy("this")
  private void awaitListing() {
    long before = ended;
    while (ended == before && atOnce.isEmpty()) {
      try {
        wait();
      } catch (InterruptedException e) {
        // By nobody who has any business to; it would close the file that is read next.
      }
    }
    boolean unused = Thread.interrupted(); // it may have come together with the wake-up
  }

  /** Returns the next names of what has been listed; null if there are none. */
  @GuardedBy("this")
  private @Nullable Portion nextListed() {
    if (!atOnce.isEmpty()) {
      return atOnce.remove();
    }
    while (!listed.isEmpty()) {
      Listed first = listed.element();
      Portion portion = next(first);
      if (portion != null) {
        return portion;
      }
      listed.remove();
      listingLarge &= first.pass.given == null;
      if (first.rest != null) {
        large.push(first.rest);
      }
    }
    return null;
  }

  @GuardedBy("this")
  private @Nullable Portion next(Listed from) {
    int end = Math.min(from.messages.size(), from.messagesGiven + PORTION);
    int othersEnd = Math.min(from.others.size(), from.othersGiven + PORTION);
    if (end == from.messagesGiven && othersEnd == from.othersGiven) {
      return null;
    }
    List<SpoolId> messages = new ArrayList<>();
    for (SpoolId id : from.messages.subList(from.messagesGiven, end)) {
      if (!givenEarly.remove(id)) {
        messages.add(id);
      }
    }
    List<Foreign> foreign = new ArrayList<>();
    for (Path place : from.others.subList(from.othersGiven, othersEnd)) {
      foreign.add(foreign(place));
    }
    from.messagesGiven = end;
    from.othersGiven = othersEnd;
    return new Portion(messages, foreign);
  }

  private Foreign foreign(Path place) {
    SpoolId id = FileLayout.parseFileName(String.valueOf(place.getFileName()));
    return new Foreign(
        place,
        id == null
            ? "its name is no message's"
            : "it belongs into " + layout.directory(FileLayout.slot(id)));
  }

  /** Returns what is to be listed next of a large slot, if there is one and none is at it. */
  @GuardedBy("this")
  private @Nullable Pass nextLarge() {
    if (large.isEmpty() || listingLarge) {
      return null;
    }
    listingLarge = true;
    return large.pop();
  }

  @GuardedBy("this")
  private @Nullable Path nextPlace() {
    if (!begun) {
      slots = listData(null);
      begun = true;
    }
    List<Path> places = slots.take();
    if (nextSlot == places.size() && slots.isCut()) {
      slots = listData(places.get(nextSlot - 1));
      places = slots.take();
      nextSlot = 0;
    }
    return nextSlot < places.size() ? places.get(nextSlot++) : null;
  }

  private Smallest<Path> listData(@Nullable Path after) {
    Smallest<Path> places = new Smallest<>(after, MOST_FOREIGN);
    try {
      files.listData(
          place -> {
            checkCancelled.run();
            places.offer(place);
            return true;
          });
    } catch (NoSuchFileException e) { // as in a spool whose making was cut short
      checkPresence(layout.data());
    } catch (IOException e) {
      throw faults.reading("cannot list", layout.data(), e);
    }
    return places;
  }

  /** Asked at once, and not only at the end: what is away for a moment is missed, too. */
  private void checkPresence(Path missing) {
    try {
      presence.check();
    } catch (IOException e) {
      throw faults.reading("cannot list", missing, e);
    }
  }

  private Listed list(Pass pass) {
    try {
      return pass.given == null ? listFirst(pass) : listMore(pass, pass.given);
    } catch (NoSuchFileException e) { // it was removed since it was seen
      checkPresence(layout.directory(pass.slot));
      return new Listed(pass, List.of(), List.of(), null);
    } catch (NotDirectoryException e) {
      giveAtOnce(new Portion(List.of(), List.of(noSlot(layout.directory(pass.slot)))));
      return new Listed(pass, List.of(), List.of(), null);
    } catch (IOException e) {
      throw faults.reading("cannot list", layout.directory(pass.slot), e);
    }
  }

  private static Foreign noSlot(Path place) {
    return new Foreign(place, "it is no directory of messages");
  }

  /** Lists a slot to the end if it is not large, and else some of it. */
  private Listed listFirst(Pass pass) throws IOException {
    Smallest<SpoolId> messages = new Smallest<>(null, Integer.MAX_VALUE);
    Smallest<Path> others = new Smallest<>(null, Integer.MAX_VALUE);
    Set<SpoolId> early = new HashSet<>();
    boolean[] givesEarly = {true};
    int[] shown = new int[1];
    int[] foreign = new int[1];
    boolean all =
        files.list(
            pass.slot,
            id -> {
              checkCancelled.run();
              messages.offer(id);
              givesEarly[0] = givesEarly[0] && giveEarly(early, id);
              return ++shown[0] < SMALL;
            },
            place -> {
              checkCancelled.run();
              others.offer(place);
              return ++shown[0] < SMALL && ++foreign[0] < FEW_FOREIGN;
            });
    List<SpoolId> sorted = messages.take();
    return all
        ? new Listed(pass, sorted, others.take(), null)
        : new Listed(pass, sorted, List.of(), new Pass(pass.slot, sorted, null, null));
  }

  /** Lists what its first listing has not given out of a large slot. */
  private Listed listMore(Pass pass, List<SpoolId> given) throws IOException {
    Smallest<SpoolId> messages = new Smallest<>(pass.afterMessage, MOST);
    Smallest<Path> others = new Smallest<>(pass.afterOther, MOST_FOREIGN);
    boolean unused =
        files.list(
            pass.slot,
            id -> {
              checkCancelled.run();
              if (Collections.binarySearch(given, id) < 0) {
                messages.offer(id);
              }
              return true;
            },
            place -> {
              checkCancelled.run();
              others.offer(place);
              return true;
            });
    Pass rest =
        messages.isCut() || others.isCut()
            ? new Pass(pass.slot, given, messages.last(), others.last())
            : null;
    return new Listed(pass, messages.take(), others.take(), rest);
  }

  private synchronized void giveAtOnce(Portion portion) {
    atOnce.add(portion);
    notifyAll();
  }

  /**
   * Gives out what was {@code found} until now, once that is enough for a reader.
   *
   * @return false once it is too late for that
   */
  private synchronized boolean giveEarly(Set<SpoolId> found, SpoolId id) {
    if (earlyLeft == 0) {
      return false;
    }
    if (!givenEarly.contains(id) && found.add(id) && found.size() == PORTION) {
      givenEarly.addAll(found);
      earlyLeft -= PORTION;
      giveAtOnce(new Portion(List.copyOf(found), List.of()));
      found.clear();
    }
    return true;
  }
}
