package dev.spool.journal;

import dev.spool.SpoolId;
import dev.spool.journal.Index.Entry;
import dev.spool.journal.SegmentHeader.State;
import dev.spool.journal.SegmentScan.Found;
import dev.spool.journal.SegmentScan.Hole;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Opens a journal: finds out from its segments which record counts for each message, and carries on
 * what is not certain to be on stable storage.
 *
 * <p>Nothing is changed before all has been read; and what an unsealed segment holds is copied and
 * synced before anything that it supersedes may go.
 */
final class Replay {
  private final Segments segments;
  private final Rules rules;
  private final Set<Integer> distrusted;
  private final Journal journal;
  private final Index index;
  private final List<Damage> damages = new ArrayList<>();

  /** Those that were found; most of them are the journal's in the end. */
  private final List<DiskFile> files = new ArrayList<>();

  /** What is to be done to files once all has been read. */
  private final List<Change> changes = new ArrayList<>();

  private final Map<Segment, SegmentScan.Result> unsealed = new LinkedHashMap<>();

  /** Those of them that can go before anything is carried on. */
  private final List<Segment> leftovers = new ArrayList<>();

  /** Up to where a segment was synced, as the one after it says; by generation. */
  private final Map<Integer, Long> marks = new HashMap<>();

  /** The generations of the segments. */
  private final Set<Integer> generations = new HashSet<>();

  /** Which segments there are, and which there should be. */
  private final BitSet listed = new BitSet();

  private RosterWas rosterWas = RosterWas.KEPT;

  /** Whether there are ids in the index of which the removal counts. */
  private boolean removals;

  /**
   * Something to be done to a file. A class each, and no lambdas: one that is linked while the heap
   * is full may fail until the process ends, and then the journal could not be opened again.
   */
  private interface Change {
    void run() throws IOException;
  }

  /** Deletes what was never finished. */
  private final class Deletion implements Change {
    private final Path unfinished;

    Deletion(Path unfinished) {
      this.unfinished = unfinished;
    }

    @Override
    public void run() throws IOException {
      boolean unused = segments.disk().deleteIfExists(unfinished);
    }
  }

  /** Deletes a segment that holds nothing, and is not to be used. */
  private final class Removal implements Change {
    private final Segment segment;

    Removal(Segment segment) {
      this.segment = segment;
    }

    @Override
    public void run() throws IOException {
      segments.delete(segment);
      distrusted.remove(segment.number());
    }
  }

  /** Mends the header of a segment. */
  private final class Repair implements Change {
    private final Segment segment;
    private final @Nullable SegmentHeader second;

    Repair(Segment segment, @Nullable SegmentHeader second) {
      this.segment = segment;
      this.second = second;
    }

    @Override
    public void run() throws IOException {
      boolean done = false;
      try {
        Segment repaired = segments.repair(segment.file(), segment.header(), second);
        if (segment.header().state() == State.FREE) {
          journal.pool().addFree(repaired);
        }
        done = true;
      } finally {
        if (!done) {
          journal.breakDown(segment);
        }
      }
    }
  }

  /**
   * A journal that was opened.
   *
   * @param damages what is damaged and has no name
   * @param unsealed how many segments were carried on
   * @param roster how the roster was found
   */
  record Opened(Journal journal, List<Damage> damages, int unsealed, RosterWas roster) {}

  /** How the roster was found. */
  enum RosterWas {
    /** It is there, or there is nothing to be listed. */
    KEPT,
    /** There was none. */
    ABSENT,
    /** There was none, and there is no room to make one. */
    WITHOUT_ROOM
  }

  private Replay(Segments segments, Rules rules, Set<Integer> distrusted, int bufferBytes) {
    this.segments = segments;
    this.rules = rules;
    this.distrusted = distrusted;
    this.journal = new Journal(segments, rules, distrusted, bufferBytes);
    this.index = journal.index();
  }

  /**
   * Opens a journal in a directory that is there.
   *
   * @param distrusted numbers of segments of which in this process a write or a sync has failed, or
   *     the file was deleted; more are added when that happens again
   */
  static Opened open(Segments segments, Rules rules, Set<Integer> distrusted, int bufferBytes)
      throws IOException {
    Replay replay = new Replay(segments, rules, distrusted, bufferBytes);
    boolean done = false;
    try {
      Roster roster = segments.openRoster();
      replay.read(roster);
      replay.establish(roster);
      for (Change change : replay.changes) {
        change.run();
      }
      replay.carryOn();
      done = true;
    } finally {
      if (!done) {
        replay.close();
      }
    }
    return new Opened(replay.journal, replay.damages, replay.unsealed.size(), replay.rosterWas);
  }

  private void close() throws IOException {
    try {
      journal.close();
    } finally {
      Closing.all(files);
    }
  }

  private void read(Roster roster) throws IOException {
    List<Integer> numbers = numbers();
    missSegments(roster, numbers);
    for (int number : numbers) {
      segments.taken(number);
      openSegment(number);
    }
    for (Segment segment : journal.pool().present()) {
      if (distrusted.contains(segment.number())
          || !Summary.read(segment, rules, new Merging(segment))) {
        SegmentScan.Result result = SegmentScan.scan(segment, rules);
        segment.reusable = result.found().isEmpty();
        unsealed.put(segment, result);
      } else {
        segment.sealed = true;
        segment.reusable = true;
      }
    }
    for (SegmentScan.Result result : unsealed.values()) {
      for (Found found : result.found()) {
        noteBegin(found);
      }
    }
    for (Map.Entry<Segment, SegmentScan.Result> each : unsealed.entrySet()) {
      findHoles(each.getKey(), each.getValue());
    }
    leftovers.addAll(Leftovers.of(unsealed));
    for (Segment each : leftovers) {
      unsealed.remove(each);
    }
    for (Map.Entry<Segment, SegmentScan.Result> each : unsealed.entrySet()) {
      mergeUnsealed(each.getKey(), each.getValue());
    }
    if (journal.pool().hasUnreadable()) { // they may be put back, or read, later
      segments.skipGenerations();
      journal.skipSequences();
    }
    if (removals) {
      index.forgetRemoved();
      index.shrink();
    }
    countLive();
  }

  /** Finds out which segments are missing: of what they may hold nothing counts as gone. */
  private void missSegments(Roster roster, List<Integer> there) {
    BitSet missing = roster.listed();
    listed.or(missing);
    for (int number : there) {
      missing.clear(number);
      listed.set(number);
    }
    for (int next = missing.nextSetBit(0); next >= 0; next = missing.nextSetBit(next + 1)) {
      segments.taken(next);
      journal.pool().addUnreadable();
    }
    damages.addAll(Roster.missing(segments.directory(), missing));
    Damage unreadable = roster.damage();
    if (unreadable != null) {
      damages.add(unreadable);
    }
    if (roster.isAbsent() && !there.isEmpty()) {
      rosterWas = RosterWas.ABSENT;
    }
  }

  /** From now on what is missing is missed. */
  private void establish(Roster roster) throws IOException {
    segments.forceNames();
    boolean again = !distrusted.add(Roster.NUMBER); // until this has gone well
    if (!roster.establish(listed, again) && roster.damage() == null) {
      rosterWas = RosterWas.WITHOUT_ROOM;
    }
    distrusted.remove(Roster.NUMBER);
  }

  private void countLive() {
    List<Segment> present = List.copyOf(journal.pool().present());
    int last = 0;
    for (Segment segment : present) {
      last = Math.max(last, segment.slot());
    }
    Segment[] bySlot = new Segment[last + 1];
    present.forEach(segment -> bySlot[segment.slot()] = segment);
    index.lengths((slot, length) -> bySlot[slot].add(length));
    present.forEach(Segment::wasFound);
  }

  /** Returns the numbers of the segments that are there; deletes what was never finished. */
  private List<Integer> numbers() throws IOException {
    TreeMap<Integer, Boolean> found = new TreeMap<>();
    segments
        .disk()
        .list(
            segments.directory(),
            entry -> {
              String name = String.valueOf(entry.getFileName());
              OptionalInt number = Format.number(name);
              if (number.isPresent()) {
                found.put(number.getAsInt(), true);
              } else if (Format.isUnfinished(name)) {
                changes.add(new Deletion(entry));
              }
              return true;
            });
    return List.copyOf(found.keySet());
  }

  private void openSegment(int number) throws IOException {
    Path path = segments.path(number);
    Format.requireFile(segments.disk(), path);
    DiskFile file = segments.disk().openWrite(path);
    files.add(file);
    SegmentHeader first = SegmentHeader.read(file, 0);
    SegmentHeader second = SegmentHeader.read(file, Format.HEADER_COPY_AT);
    SegmentHeader header = SegmentHeader.later(first, second);
    if (header == null
        || header.number() != number
        || !header.store().equals(segments.store())
        || header.length() > file.size()
        || !generations.add(header.generation())) {
      file.close();
      journal.pool().addUnreadable();
      damages.add(
          new Damage(
              segments.path(number).toString(),
              header == null ? "its header is damaged" : "it belongs somewhere else"));
      return;
    }
    segments.seen(header.generation());
    Segment segment = new Segment(file, header);
    boolean torn = !header.equals(first) || !header.equals(second);
    boolean longer = file.size() > header.length();
    if (header.state() == State.ACTIVE) {
      if (longer) { // what was put in between has pushed what is behind it to other positions
        segment.damaged = true;
        damages.add(new Damage(path.toString(), longer(header)));
      }
      journal.pool().addPresent(segment);
      if (torn && !distrusted.contains(number)) {
        changes.add(new Repair(segment, second));
      }
    } else if (longer || distrusted.contains(number) || header.length() != segments.length()) {
      changes.add(new Removal(segment));
    } else if (torn) {
      changes.add(new Repair(segment, second));
    } else {
      journal.pool().addFree(segment);
    }
  }

  // What counts

  private void noteBegin(Found found) {
    if (found.header().type() == RecordType.BEGIN) {
      begin(found.header());
    }
  }

  private void begin(RecordHeader header) {
    int before = (int) header.high();
    segments.seen(before);
    segments.seen((int) header.sequence()); // orders are of the same count
    marks.put(before, Math.max(header.low(), marks.getOrDefault(before, header.low())));
  }

  /** Returns up to where a segment is known to have been synced. */
  private long mark(Segment segment, SegmentScan.Result result) {
    return Math.max(result.mark(), marks.getOrDefault(segment.generation(), 0L));
  }

  private void findHoles(Segment segment, SegmentScan.Result result) {
    long mark = mark(segment, result);
    for (Hole hole : result.holes()) {
      if (hole.from() < mark) {
        segment.damaged = true;
        damages.add(new Damage(segment.file().path() + ", from " + hole.from(), hole(hole, mark)));
      }
    }
  }

  private void mergeUnsealed(Segment segment, SegmentScan.Result result) {
    long mark = mark(segment, result);
    for (Found found : result.found()) {
      if (isUsable(found, mark)) {
        merge(segment, found.header(), found.position(), found.names());
        if (!found.whole() && found.header().type() == RecordType.REMOVE) {
          segment.damaged = true; // what it names is not known: it stays where it is
        }
      }
    }
  }

  /** Says what is wrong with a segment that has more bytes than it was made with. */
  static String longer(SegmentHeader header) {
    return "it is longer than it was made: it had " + header.length() + " bytes";
  }

  /** Says what is wrong with a hole below the mark. */
  static String hole(Hole hole, long mark) {
    return "up to " + Math.min(hole.to(), mark) + " there are no records, and there were some once";
  }

  /** A bad record is none if it was torn; if it was synced, it is its message's damage. */
  private static boolean isUsable(Found found, long mark) {
    return found.whole() || found.position() < mark;
  }

  /** Merges the records of a sealed segment: most are of messages that are met once. */
  private final class Merging implements RecordVisitor {
    private final Segment segment;

    Merging(Segment segment) {
      this.segment = segment;
    }

    @Override
    public void visit(RecordHeader header, long position, int[] names) {
      merge(segment, header, position, names);
    }

    @Override
    public boolean store(long high, long low, long sequence, long position, int length) {
      journal.sequenceSeen(sequence);
      return index.putIfAbsent(high, low, sequence, segment.slot(), position, length);
    }
  }

  private void merge(Segment segment, RecordHeader header, long position, int[] names) {
    if (header.type() == RecordType.BEGIN) {
      begin(header);
      return;
    }
    journal.sequenceSeen(header.sequence());
    SpoolId id = header.id();
    Entry entry = index.get(id);
    if (header.type() == RecordType.REMOVE) {
      mergeTombstone(segment, header, names, entry);
    } else if (entry == null || counts(segment, header, entry)) {
      if (entry != null && !entry.isRemoved()) {
        journal.replaced().add(id, segment(entry).generation());
      }
      index.put(id, new Entry(header.sequence(), segment.slot(), position, header.length()));
    } else if (!entry.isRemoved()) {
      journal.replaced().add(id, segment.generation());
    }
  }

  private void mergeTombstone(
      Segment segment, RecordHeader header, int[] names, @Nullable Entry entry) {
    for (int name : names) {
      segments.seen(name);
    }
    segment.addTombstone(names);
    if (entry == null || header.sequence() > entry.sequence()) {
      index.put(header.id(), Entry.removed(header.sequence()));
      removals = true;
      journal.replaced().forget(header.id());
    }
  }

  /** Of copies of one record the youngest counts. */
  private boolean counts(Segment segment, RecordHeader header, Entry entry) {
    if (header.sequence() != entry.sequence()) {
      return header.sequence() > entry.sequence();
    }
    return !entry.isRemoved() && segment.generation() > segment(entry).generation();
  }

  private Segment segment(Entry entry) {
    return journal.pool().segment(entry);
  }

  // What is carried on

  /**
   * What was made ready, and never written to, is room for what is carried on; and so is what an
   * opening that was cut short has left.
   */
  private void reuse() throws IOException {
    for (Segment segment : leftovers) {
      segment.ending = true;
      journal.endNow(segment);
    }
  }

  private void carryOn() throws IOException {
    reuse();
    for (Map.Entry<Segment, SegmentScan.Result> each : unsealed.entrySet()) {
      Segment segment = each.getKey();
      if (rules.believesUnsealed()) {
        segment.sealed = true;
        segment.reusable = true;
        continue;
      }
      for (Found found : each.getValue().found()) {
        if (found.whole()) {
          copy(segment, found);
        }
      }
    }
    if (!unsealed.isEmpty()) {
      journal.force();
      journal.reclaim();
    }
  }

  private void copy(Segment segment, Found found) throws IOException {
    RecordHeader header = found.header();
    if (header.type() == RecordType.REMOVE) {
      boolean unused = journal.copyTombstone(segment, header, found.names());
    } else if (header.type() == RecordType.STORE
        && journal.isCurrent(segment, header, found.position())) {
      byte[] message = MessageReader.read(segment, found.position(), header.length(), header.id());
      if (message != null) {
        boolean unused = journal.copyStore(segment, header, found.position(), message);
      }
    }
  }
}
