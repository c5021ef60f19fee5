package dev.spool.journal;

import dev.spool.SpoolId;
import dev.spool.journal.Index.Entry;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The journal itself: appends records, keeps the index, and knows which segments are needed. What
 * is appended is seen by {@link #load} after {@link #write}, and survives a power cut after {@link
 * #force}.
 *
 * <p>Belongs to one thread, except for {@link #load} and {@link #index}. After an {@link
 * IOException} of a method that says so it is broken: it has to be opened again, which finds out
 * what is there.
 */
final class Journal implements Closeable {
  /** How often a message is looked for before it is called damaged: it may be moved meanwhile. */
  private static final int LOOK_UPS = 3;

  /** So many segments may be full and not sealed. */
  private static final int MOST_SEALINGS = 2;

  private static final long SKIPPED = 1L << 32;

  private final Segments segments;
  private final SegmentPool pool;
  private final Rules rules;
  private final Index index = new Index();
  private final Replaced replaced = new Replaced();
  private final RecentMessages recent = new RecentMessages();
  private final Tail tail;

  /**
   * What the tombstones name that no sync covers. A power cut may lose one, and keep the next one
   * of the same message, which therefore has to name the same again.
   */
  private final Map<SpoolId, Unsettled> unsettledRemovals = new HashMap<>();

  /** The segments that are full and not sealed yet, in order. */
  private final Deque<Sealing> sealings = new ArrayDeque<>();

  /** What was appended and is not in the index yet. */
  private final Map<SpoolId, Entry> pending = new HashMap<>();

  private long sequence;

  /** How many records were appended, and how many of them are on stable storage. */
  private long writes;

  private long synced;

  /** Bytes of records that were appended. */
  private long appended;

  /** Bytes of messages that were copied. */
  private long copied;

  private boolean broken;

  /** Keeps what was looked at for nothing but that from being left out. */
  @SuppressWarnings("UnusedVariable")
  private long touched;

  // What is done for each group. Nothing here is a lambda that is linked later: one that is linked
  // while the heap is full may fail until the process ends.
  private final TailCall writing = this::writeTail;
  private final TailCall forcing = this::forceTail;

  /**
   * Segments of which a write or a sync has failed, or whose files somebody has deleted: nothing
   * more is written to these files.
   */
  private final Set<Integer> distrusted;

  /**
   * @param distrusted numbers of segments to whose files nothing more is written; more are added
   */
  Journal(Segments segments, Rules rules, Set<Integer> distrusted, int bufferBytes) {
    this.segments = segments;
    this.pool = new SegmentPool(segments, distrusted);
    this.rules = rules;
    this.distrusted = distrusted;
    this.tail = new Tail(rules, bufferBytes);
  }

  /** What a tombstone names, and the write that it is. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Unsettled(int[] names, long write) {}

  Index index() {
    return index;
  }

  Segments segments() {
    return segments;
  }

  /** Returns the segments that there are. */
  SegmentPool pool() {
    return pool;
  }

  // What opening finds

  Replaced replaced() {
    return replaced;
  }

  void sequenceSeen(long found) {
    sequence = Math.max(sequence, found);
  }

  /** Leaves out sequences that records may have which cannot be read now. */
  void skipSequences() {
    sequence += Math.min(SKIPPED, (Index.LAST_SEQUENCE - sequence) >>> Segments.SKIPPED_PART);
  }

  // Writing

  /** Says whether what comes next will be followed by {@link #force}, and whether it is much. */
  void expect(boolean sync, boolean large) {
    tail.expect(sync, large);
  }

  /** Is told what is about to be stored or removed, which makes that faster. */
  void expect(SpoolId id) {
    touched ^= index.touch(id);
  }

  /** Returns what counts for a message, what was just appended included; null if there is none. */
  @Nullable Entry current(SpoolId id) {
    Entry appended = pending.get(id);
    if (appended != null) {
      return appended.isRemoved() ? null : appended;
    }
    return index.get(id);
  }

  /**
   * Appends a message.
   *
   * @throws IOException if there is no room, and nothing was appended; or, if the journal {@link
   *     #isBroken}, for any reason
   */
  void store(SpoolId id, byte[] message) throws IOException {
    long next = sequence + 1;
    long position = append(RecordType.STORE, next, id, message, false);
    Entry old = current(id);
    if (old != null) {
      supersede(id, old);
    }
    put(id, next, position, message.length);
    recent.add(id, next, message, tail.payloadCrc());
  }

  private void put(SpoolId id, long written, long position, int length) {
    Segment here = here();
    here.add(length);
    pending.put(id, new Entry(written, here.slot(), position, length));
    sequenceSeen(written);
  }

  private void supersede(SpoolId id, Entry old) {
    Segment source = pool.segment(old);
    source.subtract(old.length(), writes);
    replaced.add(id, source.generation());
  }

  /**
   * Appends a tombstone, if there is anything to be removed.
   *
   * @return whether there was
   * @throws IOException as {@link #store}
   */
  boolean remove(SpoolId id) throws IOException {
    Entry old = current(id);
    if (old == null) {
      return false;
    }
    Segment source = pool.segment(old);
    int[] copies = Replaced.union(new int[] {source.generation()}, replaced.get(id));
    Unsettled before = unsettledRemovals.get(id);
    int[] unsettled = rules.namesAgain(before == null ? null : before.names);
    int[] names = rules.names(Replaced.union(copies, unsettled));
    long next = sequence + 1;
    append(RecordType.REMOVE, next, id, RecordHeader.namesToBytes(names), true);
    here().addTombstone(names);
    source.subtract(old.length(), writes);
    replaced.forget(id);
    unsettledRemovals.put(id, new Unsettled(names, writes));
    pending.put(id, Entry.removed(next));
    sequenceSeen(next);
    return true;
  }

  /**
   * Appends a copy of a message, if {@code source} is where it is.
   *
   * @throws IOException as {@link #store}
   */
  boolean copyStore(Segment source, RecordHeader header, long position, byte[] message)
      throws IOException {
    SpoolId id = header.id();
    if (!rules.mayCopy(isCurrent(source, header, position))) {
      return false;
    }
    long written = rules.sequenceOfCopy(header.sequence(), sequence + 1);
    long to = append(RecordType.STORE, written, id, message, true);
    Entry old = current(id);
    if (old != null) {
      supersede(id, old);
    }
    put(id, written, to, message.length);
    copied += message.length;
    return true;
  }

  /** Tells whether a record is the one that counts for its message. */
  boolean isCurrent(Segment source, RecordHeader header, long position) {
    Entry entry = current(header.id());
    return entry != null && entry.isOf(header, source, position);
  }

  /**
   * Carries a tombstone on, if it counts when its own segment is gone.
   *
   * @throws IOException as {@link #store}
   */
  boolean copyTombstone(Segment source, RecordHeader header, int[] names) throws IOException {
    IntPredicate stays = new Stays(pool, source.generation());
    boolean counts = rules.counts(names, stays);
    if (counts) {
      int[] left = Replaced.only(names, stays);
      long written = rules.sequenceOfCopy(header.sequence(), sequence + 1);
      append(RecordType.REMOVE, written, header.id(), RecordHeader.namesToBytes(left), true);
      here().addTombstone(left);
      sequenceSeen(written);
    }
    source.subtractTombstone(names, rules.carryingIsChange() ? writes : source.changedAt);
    return counts;
  }

  /**
   * Tells which lives are there when one of them is gone. No lambda: one that is linked while the
   * heap is full may fail until the process ends.
   */
  private record Stays(SegmentPool pool, int gone) implements IntPredicate {
    @Override
    public boolean test(int generation) {
      return generation != gone && pool.isPresent(generation);
    }
  }

  private long append(RecordType type, long written, SpoolId id, byte[] payload, boolean useReserve)
      throws IOException {
    if (written > Index.LAST_SEQUENCE) {
      throw new IOException("this spool has no sequence left");
    }
    if (!tail.fits(type, payload.length)) {
      roll(type, payload.length, useReserve);
    }
    UUID uuid = id.toUuid();
    Segment here = here();
    requireWhole();
    boolean done = false;
    try {
      long position =
          tail.append(
              type,
              written,
              uuid.getMostSignificantBits(),
              uuid.getLeastSignificantBits(),
              payload);
      writes++;
      appended += RecordHeader.BYTES + payload.length;
      done = true;
      return position;
    } finally {
      if (!done) {
        breakDown(here);
      }
    }
  }

  /** Goes on in the next segment. If there is none to be had, nothing has happened. */
  private void roll(RecordType type, int payload, boolean useReserve) throws IOException {
    requireWhole();
    Segment next = nextSegment(Format.lengthFor(type, payload), useReserve);
    leave();
    pool.addPresent(next);
    requireWhole();
    Segment here = tail.segment();
    boolean done = false;
    try {
      tail.begin(next, segments.nextOrder());
      done = true;
    } finally {
      if (!done) {
        breakDown(here);
      }
    }
  }

  private Segment nextSegment(long measure, boolean useReserve) throws IOException {
    if (measure > segments.length()) {
      return pool.make(measure);
    }
    Segment ready = pool.takePrepared(useReserve);
    if (ready != null) {
      return ready;
    }
    Segment next = pool.takeFree(useReserve);
    if (next == null) {
      return pool.make(segments.length());
    }
    Segment made = activate(next);
    pool.becameReady(next, made);
    return made;
  }

  /**
   * Ends the segment that is being written. To seal it takes syncs, which are for another thread,
   * as far as there is room to carry all on that an opening would find unsealed.
   */
  private void leave() throws IOException {
    Segment here = tail.segment();
    if (here == null || here.sealed) {
      return;
    }
    end(tail.isSyncing());
    while (sealings.size() > MOST_SEALINGS
        || (!sealings.isEmpty() && sealings.size() >= pool.ready())) {
      complete(sealings.element());
    }
  }

  private void end(boolean sync) throws IOException {
    if (sync) {
      awaitRecords();
    }
    Segment here = here();
    Sealing left = endTail(here, sync);
    publish();
    left.covers(writes);
    here.sealing = true;
    sealings.add(left);
    if (sync) {
      settle();
    }
  }

  /** Waits until all records are on stable storage that are not in the segment being written. */
  private void awaitRecords() throws IOException {
    for (Sealing each : List.copyOf(sealings)) {
      if (!each.isSynced() && rules.waitsForSegmentsBefore()) {
        complete(each);
      }
    }
  }

  /** Has a segment sealed now, if that was not done, and goes on from there. */
  private void complete(Sealing sealing) throws IOException {
    Segment segment = sealing.segment();
    boolean done = false;
    try {
      sealing.complete();
      segment.closeDirect();
      done = true;
    } finally {
      if (!done) {
        breakDown(segment);
      }
    }
    sealings.remove(sealing);
    segment.sealing = false;
    segment.sealed = true;
    segment.reusable = true;
    boolean isNext = true;
    for (Sealing each : sealings) {
      isNext &= each.isSynced() || each.covers() >= sealing.covers();
    }
    if (isNext) {
      synced = Math.max(synced, sealing.covers());
      for (Iterator<Unsettled> each = unsettledRemovals.values().iterator(); each.hasNext(); ) {
        if (each.next().write <= synced) {
          each.remove();
        }
      }
    }
  }

  /** Tells whether nobody was asked yet to seal the segment that was full last. */
  boolean wantsSealing() {
    Sealing last = sealings.peekLast();
    return last != null && !last.isHandedOver();
  }

  /** Returns a segment that somebody should seal now; null if there is none. */
  @Nullable Sealing takeSealing() {
    for (Sealing each : sealings) {
      if (each.handOver()) {
        return each;
      }
    }
    return null;
  }

  /** Goes on from segments that were sealed. */
  void noteSealed() throws IOException {
    for (Sealing each : List.copyOf(sealings)) {
      if (each.isDone()) {
        complete(each);
      }
    }
  }

  /** Everything is on stable storage. */
  private void settle() {
    synced = writes;
    unsettledRemovals.clear();
  }

  /**
   * Hands what was appended to the operating system, and shows it to readers.
   *
   * @throws IOException if it failed; the journal is broken
   */
  void write() throws IOException {
    requireWhole();
    if (tail.segment() != null) {
      onTail(writing);
    }
    publish();
  }

  /**
   * Brings everything onto stable storage.
   *
   * @throws IOException if it failed; the journal is broken
   */
  void force() throws IOException {
    write();
    awaitRecords();
    if (tail.segment() != null) {
      onTail(forcing);
    }
    settle();
  }

  private void writeTail() throws IOException {
    tail.write();
  }

  private void forceTail() throws IOException {
    tail.force();
  }

  /** Tells whether something was appended that no sync covers. */
  boolean isDirty() {
    return synced < writes;
  }

  private void publish() {
    for (Map.Entry<SpoolId, Entry> each : pending.entrySet()) {
      if (each.getValue().isRemoved()) {
        index.remove(each.getKey());
      } else {
        index.put(each.getKey(), each.getValue());
      }
    }
    pending.clear();
  }

  private Segment here() {
    Segment here = tail.segment();
    if (here == null) {
      throw new IllegalStateException("nothing was appended");
    }
    return here;
  }

  // Failures

  /** Something on the segment that is being written. */
  private interface TailCall {
    void run() throws IOException;
  }

  private Segment activate(Segment free) throws IOException {
    boolean done = false;
    try {
      Segment made = segments.activate(free);
      done = true;
      return made;
    } finally {
      if (!done) {
        breakDown(free);
      }
    }
  }

  private Sealing endTail(Segment here, boolean sync) throws IOException {
    boolean done = false;
    try {
      Sealing left = tail.end(sync);
      done = true;
      return left;
    } finally {
      if (!done) {
        breakDown(here);
      }
    }
  }

  private void onTail(TailCall call) throws IOException {
    requireWhole();
    Segment here = tail.segment();
    boolean done = false;
    try {
      call.run();
      done = true;
    } finally {
      if (!done) {
        breakDown(here);
      }
    }
  }

  /** Nothing more is written by this journal: a write or a sync of a segment has failed. */
  void breakDown(@Nullable Segment segment) {
    broken = true;
    if (segment != null) {
      distrusted.add(segment.number());
    }
  }

  /**
   * Somebody has deleted files of segments, which are open here: what is in them can be read for as
   * long as they are. Nothing more is written to them.
   *
   * @return those of them that hold records
   * @throws IOException if it failed; the journal is broken
   */
  List<Segment> miss(BitSet missing) throws IOException {
    for (int next = missing.nextSetBit(0); next >= 0; next = missing.nextSetBit(next + 1)) {
      distrusted.add(next);
    }
    if (isBroken()) {
      return List.of(); // an opening comes, which finds out what is there
    }
    pool.dropDistrusted();
    Segment here = tail.segment();
    if (here != null && isTail(here) && missing.get(here.number())) {
      finish(); // what comes next goes into another one
    }
    List<Segment> lost = new ArrayList<>();
    for (Segment each : pool.present()) {
      if (missing.get(each.number())) {
        lost.add(each);
      }
    }
    return lost;
  }

  /**
   * Returns normally if it is not broken.
   *
   * @throws IOException if it is
   */
  void requireWhole() throws IOException {
    if (isBroken()) {
      throw new IOException("a write to the journal has failed, and it was not opened again");
    }
  }

  boolean isBroken() {
    if (segments.hasRosterFailed()) { // also if something else has failed before
      broken = true;
      distrusted.add(Roster.NUMBER);
    }
    return broken;
  }

  // Segments

  /** Tells whether a segment is being written. */
  @SuppressWarnings("ReferenceEquality") // a life is equal to itself only
  boolean isTail(Segment segment) {
    return tail.segment() == segment && !segment.sealed;
  }

  /** Returns the segments of which nothing is needed any more; each is returned once. */
  List<Segment> takeEnding() {
    List<Segment> ending = new ArrayList<>();
    for (Segment segment : pool.present()) {
      if (!isTail(segment)
          && !segment.sealing
          && !segment.ending
          && !segment.damaged
          && segment.live == 0
          && !segment.hasTombstones(pool.presence())
          && rules.mayEnd(segment.changedAt, synced)) {
        segment.ending = true;
        ending.add(segment);
      }
    }
    return ending;
  }

  /**
   * Does what is to be done to the file of a segment that has ended. For any thread.
   *
   * @param keep whether it is wanted in another life
   * @return that life; null if the file was deleted
   */
  @Nullable Segment end(Segment segment, boolean keep) throws IOException {
    if (keep
        && segment.reusable
        && segment.length() == segments.length()
        && !distrusted.contains(segment.number())) {
      return segments.renew(segment);
    }
    segments.delete(segment);
    distrusted.remove(segment.number());
    return null;
  }

  /** A life is gone. */
  void ended(Segment segment, @Nullable Segment next) {
    replaced.gone(segment.generation());
    pool.replace(segment, next);
  }

  /** Seals and ends what can be, on this thread. Returns how many segments have ended. */
  int reclaim() throws IOException {
    requireWhole();
    sealAll();
    int count = 0;
    for (List<Segment> ending = takeEnding(); !ending.isEmpty(); ending = takeEnding()) {
      for (Segment segment : ending) {
        endNow(segment);
        count++;
      }
    }
    return count;
  }

  /** Ends the life of a segment on this thread. */
  void endNow(Segment segment) throws IOException {
    boolean done = false;
    try {
      ended(segment, end(segment, true));
      done = true;
    } finally {
      if (!done) {
        breakDown(segment);
      }
    }
  }

  /** Prepares a free segment, if there is one, on this thread. */
  void prepare() throws IOException {
    requireWhole();
    Segment next = pool.handOut();
    if (next != null) {
      pool.handBack(next, activate(next));
    }
  }

  /** Returns the bytes of records that were appended. */
  long appended() {
    return appended;
  }

  long copied() {
    return copied;
  }

  // Reading

  /**
   * Reads a message. For any thread.
   *
   * @return null if there is none
   * @throws Damage if it is not what was stored
   */
  byte @Nullable [] load(SpoolId id) throws IOException, Damage {
    for (int lookUp = 1; ; lookUp++) {
      Entry entry = index.get(id);
      if (entry == null) {
        return null;
      }
      try {
        byte[] message = read(entry, id);
        if (message != null) {
          return message;
        }
      } catch (IOException e) {
        if (entry.equals(index.get(id))) {
          throw e;
        }
      }
      if (lookUp >= LOOK_UPS && entry.equals(index.get(id))) {
        throw new Damage(location(entry), "its checksum is not that of its bytes");
      }
    }
  }

  /** Returns a message if it is in memory; null says nothing. For any thread; never waits. */
  byte @Nullable [] loadFromMemory(SpoolId id) {
    Entry entry = index.get(id);
    return entry == null ? null : recent.get(id, entry.sequence());
  }

  /** Forgets what is kept in memory for loads; returns how many bytes these were. */
  long forgetRecent() {
    return recent.clear();
  }

  /** Gives back what the index does not need; returns how many bytes these were. */
  long shrinkIndex() {
    long before = index.bytes();
    index.shrink();
    return before - index.bytes();
  }

  private String location(Entry entry) {
    Segment segment = pool.find(entry.segment());
    return (segment == null ? "a segment that is gone" : segment.file().path())
        + ", at "
        + entry.position();
  }

  private byte @Nullable [] read(Entry entry, SpoolId id) throws IOException {
    Segment segment = pool.find(entry.segment());
    return segment == null
        ? null
        : MessageReader.read(segment, entry.position(), entry.length(), id);
  }

  /** Returns the bytes of a record, whatever they are. */
  byte[] bytesOf(Entry entry) throws IOException {
    byte[] bytes = new byte[RecordHeader.BYTES + entry.length()];
    pool.segment(entry).file().readFully(ByteBuffer.wrap(bytes), entry.position());
    return bytes;
  }

  // The end

  /** Seals the segment that is being written, so that the next opening has nothing to look for. */
  void finish() throws IOException {
    requireWhole();
    Segment here = tail.segment();
    if (here != null && !here.sealed && !here.sealing) {
      end(true);
    }
    sealAll();
  }

  private void sealAll() throws IOException {
    while (!sealings.isEmpty()) {
      complete(sealings.element());
    }
  }

  /**
   * Seals everything at the end of a process, what was made ready and never written to, too: so
   * that the next opening need not look for records there.
   */
  void end() throws IOException {
    finish();
    for (Segment segment : pool.prepared()) {
      sealUnused(segment);
    }
  }

  private void sealUnused(Segment segment) throws IOException {
    boolean done = false;
    try {
      new Summary().write(segment, Format.RECORDS_AT);
      segment.file().force(false);
      done = true;
    } finally {
      if (!done) {
        breakDown(segment);
      }
    }
  }

  /** Closes the files; writes nothing. */
  @Override
  public void close() throws IOException {
    Closing.all(List.of(pool, segments));
  }
}
