package dev.spool.journal;

import dev.spool.SpoolId;
import dev.spool.journal.Index.Entry;
import dev.spool.journal.SegmentHeader.State;
import dev.spool.journal.SegmentScan.Found;
import dev.spool.journal.SegmentScan.Hole;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal that another process may be writing, and changes nothing.
 *
 * <p>Records move in one direction only, to the end of the journal, and a life ends when all that
 * counts of it is in lives that were begun later. So this reads in the order in which lives were
 * begun, the one that is being written last: what vanishes before it was read is met again further
 * on. What was read, and is in a life that has ended since, is somewhere else by now, or was
 * removed: it is forgotten after everything behind has been read once more.
 *
 * <p>{@link #catchUp} may be called by any thread; loads go on beside it.
 */
final class Follower implements Closeable {
  /** A reader that is slower than the writer for so long gives up. */
  private static final int MOST_PASSES = 100;

  private final Disk disk;
  private final Segments segments;
  private final Rules rules;
  private final Journal journal;

  // The rest is guarded by this.

  /** By number. */
  private final Map<Integer, Life> lives = new HashMap<>();

  /** Those that have ended, and may be in the index still. */
  private final Set<Life> gone = new HashSet<>();

  /** Up to where a life was synced, as the one after it says; by generation. */
  private final Map<Integer, Long> marks = new HashMap<>();

  /** By location. */
  private final Map<String, Damage> damages = new LinkedHashMap<>();

  /** What was seen when the headers were looked at last, by number. */
  private final Map<Integer, Seen> headers = new HashMap<>();

  private int nextSlot;

  /**
   * A segment as it was seen.
   *
   * @param wrong what is wrong with it; null if nothing is
   */
  private record Seen(
      @Nullable Object fileKey, @Nullable SegmentHeader header, @Nullable String wrong) {}

  /** One life, and how far it was read. */
  private static final class Life {
    final Segment segment;
    final @Nullable Object fileKey;

    /** Negative until its first record is there. */
    long order = -1;

    /** Up to where there is nothing new. */
    long readTo = Format.RECORDS_AT;

    /** Whether all of it was read. */
    boolean complete;

    /** Whether it was looked at for records without a first one. */
    boolean searched;

    Life(Segment segment, @Nullable Object fileKey) {
      this.segment = segment;
      this.fileKey = fileKey;
    }
  }

  Follower(Segments segments, Rules rules) {
    this.disk = segments.disk();
    this.segments = segments;
    this.rules = rules;
    this.journal = new Journal(segments, rules, new HashSet<>(), Format.BLOCK);
  }

  /** Returns what was read, for loads and scans. */
  Journal journal() {
    return journal;
  }

  /** Returns what is damaged and has no name. */
  synchronized List<Damage> damages() {
    return List.copyOf(damages.values());
  }

  /** Reads what was written since the last time, and forgets what is gone. */
  synchronized void catchUp() throws IOException {
    for (Damage damage : RollCall.of(disk, segments.directory(), segments.store()).damages()) {
      damage(damage.location(), damage.error());
    }
    if (!disk.exists(segments.directory())) {
      return; // its making was cut short
    }
    read();
    if (!gone.isEmpty()) {
      Set<Life> before = Set.copyOf(gone);
      read(); // what has superseded them was written before they ended
      forget(before);
      gone.removeAll(before);
    }
  }

  /**
   * Loads a message. What is not where it was said to be is damaged only if that is still said when
   * everything was looked at again: the writer may have moved it, and its segment may hold others.
   *
   * @return null if there is none
   * @throws Damage if it is not what was stored
   */
  byte @Nullable [] load(SpoolId id) throws IOException, Damage {
    for (int pass = 1; pass <= MOST_PASSES; pass++) {
      Entry entry = journal.index().get(id);
      try {
        return journal.load(id);
      } catch (IOException | Damage e) {
        catchUp();
        if (Objects.equals(entry, journal.index().get(id))) {
          throw e;
        }
      }
    }
    throw tooFast();
  }

  private IOException tooFast() {
    return new IOException(segments.directory() + " changes too fast to be read");
  }

  /** Reads until nothing has ended before it was read. */
  private void read() throws IOException {
    for (int pass = 1; pass <= MOST_PASSES; pass++) {
      look();
      findOrders();
      long last = lives.values().stream().mapToLong(life -> life.order).max().orElse(-1);
      // Lives that were begun before that one were there when this looks again. If one of them was
      // read later than it, what was removed in there would come back.
      boolean changed = look();
      findOrders();
      if (!changed && readNew(last)) {
        return;
      }
    }
    throw tooFast();
  }

  // Which lives there are

  /** Looks at the headers of all segments; returns whether any has changed since the last time. */
  private boolean look() throws IOException {
    Set<Integer> numbers = new HashSet<>();
    disk.list(
        segments.directory(),
        entry -> {
          OptionalInt number = Format.number(String.valueOf(entry.getFileName()));
          if (number.isPresent()) {
            numbers.add(number.getAsInt());
          }
          return true;
        });
    for (int number : List.copyOf(lives.keySet())) {
      if (!numbers.contains(number)) {
        end(number);
      }
    }
    Map<Integer, Seen> found = new HashMap<>();
    for (int number : numbers) {
      try {
        found.put(number, look(number));
      } catch (NoSuchFileException | EOFException e) {
        end(number); // deleted, or cut off while it was deleted
      }
    }
    boolean changed = !found.equals(headers);
    headers.clear();
    headers.putAll(found);
    return changed;
  }

  private void end(int number) {
    Life life = lives.remove(number);
    if (life != null) {
      gone.add(life);
    }
  }

  private Seen look(int number) throws IOException {
    Path path = segments.path(number);
    Format.requireFile(disk, path);
    Object key = disk.facts(path).fileKey();
    Life known = lives.get(number);
    if (known != null && Objects.equals(key, known.fileKey) && isAlive(known)) {
      return new Seen(key, known.segment.header(), null);
    }
    end(number);
    DiskFile file = disk.openRead(path);
    boolean kept = false;
    try {
      SegmentHeader header = SegmentHeader.read(file);
      String wrong = wrong(number, header, file);
      Seen now = new Seen(key, header, wrong);
      if (wrong != null && now.equals(headers.get(number))) { // and is not just being written
        damage(path.toString(), wrong);
      } else if (wrong == null && header != null && header.state() == State.ACTIVE) {
        lives.put(number, new Life(new Segment(file, header, slot()), key));
        kept = true;
        if (header.length() < file.size()) {
          damage(path.toString(), Replay.longer(header));
        }
      }
      return now;
    } finally {
      if (!kept) {
        file.close();
      }
    }
  }

  private static boolean isAlive(Life life) throws IOException {
    return life.segment.header().equals(SegmentHeader.read(life.segment.file()));
  }

  private @Nullable String wrong(int number, @Nullable SegmentHeader header, DiskFile file)
      throws IOException {
    if (header == null) {
      return "its header is damaged";
    }
    return header.number() != number
            || !header.store().equals(segments.store())
            || header.length() > file.size()
        ? "it belongs somewhere else"
        : null;
  }

  private int slot() {
    Set<Integer> taken = new HashSet<>();
    lives.values().forEach(life -> taken.add(life.segment.slot()));
    gone.forEach(life -> taken.add(life.segment.slot()));
    do {
      nextSlot = (nextSlot + 1) % Index.MOST_SEGMENTS;
    } while (taken.contains(nextSlot));
    return nextSlot;
  }

  private void damage(String location, String error) {
    damages.putIfAbsent(location + ": " + error, new Damage(location, error));
  }

  // What is in them

  /**
   * Reads what was not read yet of lives up to one; false if a life has ended meanwhile.
   *
   * @param lastOrder of the last one; all that were begun before are known
   */
  private boolean readNew(long lastOrder) throws IOException {
    List<Life> ordered = new ArrayList<>(lives.values());
    ordered.removeIf(life -> life.order < 0);
    ordered.sort(Comparator.comparingLong(life -> life.order));
    for (int i = 0; i < ordered.size() && ordered.get(i).order <= lastOrder; i++) {
      Life life = ordered.get(i);
      if (!life.complete) {
        Set<String> before = Set.copyOf(damages.keySet());
        try {
          read(life, i == ordered.size() - 1);
        } catch (EOFException e) {
          damages.keySet().retainAll(before);
          return false; // a segment that is deleted
        }
        if (!isAlive(life)) {
          damages.keySet().retainAll(before); // it is being written over
          return false;
        }
      }
    }
    return true;
  }

  private void findOrders() throws IOException {
    for (Life life : lives.values()) {
      if (life.order < 0) {
        findOrder(life);
      }
    }
  }

  private void findOrder(Life life) throws IOException {
    RecordHeader first = SegmentScan.first(life.segment, rules);
    if (first == null && !life.searched) {
      life.searched = true;
      List<Found> found = SegmentScan.scan(life.segment, rules).found();
      first = found.isEmpty() ? null : found.get(0).header();
    }
    if (first != null) {
      boolean begin = first.type() == RecordType.BEGIN;
      life.order = begin ? first.sequence() : life.segment.generation();
      if (begin) {
        marks.merge((int) first.high(), first.low(), Math::max);
      }
      journal.pool().addPresent(life.segment);
    }
  }

  private void read(Life life, boolean last) throws IOException {
    Segment segment = life.segment;
    life.complete =
        Summary.read(
            segment,
            rules,
            (header, position, names) -> {
              if (position >= life.readTo) {
                merge(segment, header, position);
              }
            });
    if (!life.complete) {
      if (last) {
        readGrowing(life);
      } else {
        take(life, SegmentScan.scan(segment, rules, life.readTo, true), Long.MAX_VALUE);
        life.complete = true;
      }
    }
  }

  /**
   * Reads what may be written at this moment: a gap may be filled when it is looked at again. What
   * is a gap still after something behind it was seen was torn, since a journal is written in
   * order.
   */
  private void readGrowing(Life life) throws IOException {
    boolean past = life.readTo == Format.RECORDS_AT; // by a process that has died, perhaps
    SegmentScan.Result seen = SegmentScan.scan(life.segment, rules, life.readTo, past);
    if (seen.found().isEmpty()) {
      return;
    }
    long written = seen.found().get(seen.found().size() - 1).position();
    boolean gaps =
        seen.found().stream().anyMatch(found -> !found.whole())
            || seen.holes().stream().anyMatch(hole -> hole.from() < written);
    take(
        life,
        gaps ? SegmentScan.scan(life.segment, rules, life.readTo, past) : seen,
        gaps ? written : Long.MAX_VALUE);
  }

  /**
   * Takes records over, up to the first gap that may be filled.
   *
   * @param written all that was to be written before this, was
   */
  private void take(Life life, SegmentScan.Result result, long written) {
    Segment segment = life.segment;
    long mark = Math.max(result.mark(), marks.getOrDefault(segment.generation(), 0L));
    long end = Long.MAX_VALUE;
    for (Hole hole : result.holes()) {
      if (hole.from() < mark) {
        damage(segment.file().path() + ", from " + hole.from(), Replay.hole(hole, mark));
      } else if (hole.from() >= written) {
        end = Math.min(end, hole.from());
      }
    }
    for (Found found : result.found()) {
      boolean maybeLater = !found.whole() && found.position() >= written;
      if (found.position() >= end || (maybeLater && found.position() >= mark)) {
        return;
      }
      if (found.whole() || found.position() < mark) {
        merge(segment, found.header(), found.position());
      }
      life.readTo = found.header().end(found.position());
    }
  }

  private void merge(Segment segment, RecordHeader header, long position) {
    if (header.type() == RecordType.BEGIN) {
      return;
    }
    Index index = journal.index();
    Entry entry = index.get(header.id());
    if (entry != null && header.sequence() < entry.sequence()) {
      return; // a tombstone that was carried on; what it removed is gone
    }
    if (entry != null) {
      journal.pool().segment(entry).subtract(entry.length(), 0);
    }
    if (header.type() == RecordType.STORE) {
      segment.add(header.length());
      index.put(
          header.id(), new Entry(header.sequence(), segment.slot(), position, header.length()));
    } else if (entry != null) {
      index.remove(header.id());
    }
  }

  private void forget(Set<Life> ended) throws IOException {
    if (ended.stream().anyMatch(life -> life.segment.live > 0)) {
      Set<Integer> slots = new HashSet<>();
      ended.forEach(life -> slots.add(life.segment.slot()));
      journal.index().forget(slots::contains);
    }
    for (Life life : ended) {
      journal.ended(life.segment, null);
      life.segment.file().close();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    for (Life life : lives.values()) {
      life.segment.file().close();
    }
    for (Life life : gone) {
      life.segment.file().close();
    }
  }
}
