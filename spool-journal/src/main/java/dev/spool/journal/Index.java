package dev.spool.journal;

import dev.spool.SpoolId;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.locks.StampedLock;
import java.util.function.IntPredicate;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Where each message is: 32 bytes a slot, in plain arrays, half full to three quarters while it
 * grows, so that a message takes 43 to 64 bytes. What is full to a quarter only becomes smaller.
 *
 * <p>One thread writes, any number read. Each shard is a table of its own behind a {@link
 * StampedLock}: a reader takes none, but looks again if a write came in between, and a table that
 * grows or shrinks holds up a small part of the ids. Collisions go to the next slot, and a removal
 * closes the gap, so that there are no remains.
 */
final class Index {
  /** So that the tables of 10 million messages are no large objects, which heaps round up. */
  private static final int SHARD_BITS = 11;

  private static final int SMALLEST = 8;

  /** A table of so few slots does not shrink: it takes next to nothing, and would soon grow. */
  private static final int FEW = 16;

  /** Id, place, and length with the rest of the sequence. */
  static final int WORDS = 4;

  /** Which of the words is the place. */
  static final int PLACE = 2;

  private static final int POSITION_BITS = 28;
  private static final int SEGMENT_BITS = 20;

  /** In a place: the segment, of which 1 stands for the first, the position, and the sequence. */
  static final int SEGMENT_AT = 64 - SEGMENT_BITS;

  static final int POSITION_AT = SEGMENT_AT - POSITION_BITS;
  static final long POSITION = ((1L << POSITION_BITS) - 1) << POSITION_AT;

  /** Segments have numbers below this. */
  static final int MOST_SEGMENTS = (1 << SEGMENT_BITS) - 1;

  /** Sequences are at most this. */
  static final long LAST_SEQUENCE = (1L << 48) - 1;

  private static final long[] NONE = new long[0];

  private static final IntPredicate REMOVED = new Removed();
  private static final LongPredicate EVERY = new Every();

  private final Shard[] shards = new Shard[1 << SHARD_BITS];

  /**
   * Where a message is, or that it was removed, which is of interest while opening only.
   *
   * @param segment what stands for the segment; -1 if it was removed
   * @param length of the message
   */
  record Entry(long sequence, int segment, long position, int length) {
    static Entry removed(long sequence) {
      return new Entry(sequence, -1, 0, 0);
    }

    boolean isRemoved() {
      return segment < 0;
    }

    /** Tells whether this is that record: in another life there may be another at its place. */
    boolean isOf(RecordHeader header, Segment other, long otherPosition) {
      return sequence == header.sequence() && segment == other.slot() && position == otherPosition;
    }
  }

  Index() {
    Arrays.setAll(shards, i -> new Shard());
  }

  private Shard shard(long hash) {
    return shards[(int) (hash >>> (64 - SHARD_BITS))];
  }

  private static long hash(long high, long low) {
    long z = (high * 0x9E3779B97F4A7C15L) ^ low;
    z = (z ^ (z >>> 32)) * 0xD6E8FEB86659FD93L;
    return z ^ (z >>> 32);
  }

  @Nullable Entry get(SpoolId id) {
    UUID uuid = id.toUuid();
    long high = uuid.getMostSignificantBits();
    long low = uuid.getLeastSignificantBits();
    long hash = hash(high, low);
    return shard(hash).get(high, low, (int) hash);
  }

  /**
   * Looks at where an id would be, without waiting for anybody: the tables are larger than the
   * processor's caches, and whoever looks at many before they are looked up one after the other
   * waits for memory once, and not for each. What is returned says nothing.
   */
  long touch(SpoolId id) {
    UUID uuid = id.toUuid();
    long hash = hash(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    return shard(hash).touch((int) hash);
  }

  void put(SpoolId id, Entry entry) {
    UUID uuid = id.toUuid();
    long high = uuid.getMostSignificantBits();
    long low = uuid.getLeastSignificantBits();
    long hash = hash(high, low);
    shard(hash).put(high, low, (int) hash, entry);
  }

  /** Puts the record of a message, unless there is one of it already; returns whether it did. */
  boolean putIfAbsent(long high, long low, long sequence, int segment, long position, int length) {
    long hash = hash(high, low);
    return shard(hash)
        .putIfAbsent(
            high, low, (int) hash, place(sequence, segment, position), rest(sequence, length));
  }

  void remove(SpoolId id) {
    UUID uuid = id.toUuid();
    long high = uuid.getMostSignificantBits();
    long low = uuid.getLeastSignificantBits();
    long hash = hash(high, low);
    shard(hash).remove(high, low, (int) hash);
  }

  /** Forgets what was removed: called once, when all is known. */
  void forgetRemoved() {
    forget(REMOVED);
  }

  /** Forgets what is in segments that are gone. */
  void forget(IntPredicate segments) {
    for (Shard shard : shards) {
      shard.forget(segments);
    }
  }

  int shards() {
    return shards.length;
  }

  /** Gives back what can be given back now. For the thread that writes. */
  void shrink() {
    for (Shard shard : shards) {
      shard.shrinkNow();
    }
  }

  /** Returns how many bytes the tables take. For the thread that writes. */
  long bytes() {
    long bytes = 0;
    for (Shard shard : shards) {
      bytes += (long) shard.words.length * Long.BYTES;
    }
    return bytes;
  }

  /** Is shown in which segments messages are, and how long they are. */
  @FunctionalInterface
  interface LengthVisitor {
    void visit(int segment, int length);
  }

  /** Shows where all messages are. For the thread that writes: nothing changes meanwhile. */
  void lengths(LengthVisitor visitor) {
    for (Shard shard : shards) {
      long[] words = shard.words;
      for (int at = 0; at < words.length; at += WORDS) {
        if (words[at] != 0) {
          visitor.visit(segment(words, at), length(words, at));
        }
      }
    }
  }

  /**
   * Adds the entries of one shard, as they are at one moment, to a batch, without an object for
   * each: {@link #WORDS} to a slot, of which the first is zero if there is none.
   */
  void addTo(ScanBatch batch, int shard) {
    shards[shard].addTo(batch);
  }

  /** Returns the id in a slot of a {@link ScanBatch}. */
  static SpoolId id(long[] words, int at) {
    return SpoolId.fromUuid(new UUID(words[at], words[at + 1]));
  }

  /** Returns what stands for the segment, in a slot of a {@link ScanBatch}. */
  static int segment(long[] words, int at) {
    return segment(words[at + 2]);
  }

  /** Returns the position in the segment, in a slot of a {@link ScanBatch}. */
  static long position(long[] words, int at) {
    return position(words[at + 2]);
  }

  /** Returns the length of the message, in a slot of a {@link ScanBatch}. */
  static int length(long[] words, int at) {
    return (int) (words[at + 3] >>> 32);
  }

  /** Tells whether the entry in a slot of a {@link ScanBatch} is what counts now. */
  boolean holds(long[] words, int at) {
    long hash = hash(words[at], words[at + 1]);
    return shard(hash).holds(words, at, (int) hash);
  }

  long size() {
    long size = 0;
    for (Shard shard : shards) {
      size += shard.size();
    }
    return size;
  }

  private static long place(long sequence, int segment, long position) {
    return ((long) (segment + 1) << SEGMENT_AT)
        | ((position / Format.RECORD_UNIT) << POSITION_AT)
        | (sequence >>> 32);
  }

  private static long rest(long sequence, int length) {
    return ((long) length << 32) | (sequence & 0xFFFFFFFFL);
  }

  private static int segment(long place) {
    return (int) (place >>> SEGMENT_AT) - 1;
  }

  private static Entry entry(long place, long rest) {
    return new Entry(
        ((place & 0xFFFF) << 32) | (rest & 0xFFFFFFFFL),
        segment(place),
        position(place),
        (int) (rest >>> 32));
  }

  private static long position(long place) {
    return ((place & POSITION) >>> POSITION_AT) * Format.RECORD_UNIT;
  }

  /** Returns where an id is looked for first: the higher its hash, the further on. */
  private static int home(int hash, int slots) {
    return (int) (((hash & 0xFFFFFFFFL) * slots) >>> 32);
  }

  private static int after(int slot, int slots) {
    return slot + 1 == slots ? 0 : slot + 1;
  }

  private static int distance(int from, int to, int slots) {
    return to >= from ? to - from : to - from + slots;
  }

  /** No method reference: one that cannot be linked here leaves the process without a spool. */
  private record Removed() implements IntPredicate {
    @Override
    public boolean test(int segment) {
      return segment < 0;
    }
  }

  /** As {@link Removed}. */
  private record Every() implements LongPredicate {
    @Override
    public boolean test(long place) {
      return true;
    }
  }

  /** Places that are in other segments. No lambda, which might be linked while the heap is full. */
  private record Outside(IntPredicate segments) implements LongPredicate {
    @Override
    public boolean test(long place) {
      return !segments.test(segment(place));
    }
  }

  /**
   * A table. An id is never zero, since its version is not: a slot whose first word is, is free.
   */
  private static final class Shard {
    private final StampedLock lock = new StampedLock();

    /**
     * Replaced when it grows or shrinks; both are written under the lock, and read under it or
     * validated.
     */
    private long[] words = NONE;

    private int size;

    /** Whether there was no memory for a smaller table: it is not asked for at each removal. */
    private boolean tooLittleMemory;

    long touch(int hash) {
      long[] table = words;
      int slots = table.length / WORDS;
      return slots == 0 ? 0 : table[home(hash, slots) * WORDS];
    }

    @Nullable Entry get(long high, long low, int hash) {
      long stamp = lock.tryOptimisticRead();
      if (stamp != 0) {
        Entry entry = find(high, low, hash);
        if (lock.validate(stamp)) {
          return entry;
        }
      }
      stamp = lock.readLock();
      try {
        return find(high, low, hash);
      } finally {
        lock.unlockRead(stamp);
      }
    }

    boolean holds(long[] entry, int from, int hash) {
      long stamp = lock.tryOptimisticRead();
      if (stamp != 0) {
        boolean same = isSame(entry, from, hash);
        if (lock.validate(stamp)) {
          return same;
        }
      }
      stamp = lock.readLock();
      try {
        return isSame(entry, from, hash);
      } finally {
        lock.unlockRead(stamp);
      }
    }

    private boolean isSame(long[] entry, int from, int hash) {
      long[] table = words;
      int at = slot(table, entry[from], entry[from + 1], hash);
      return at >= 0 && Arrays.equals(table, at, at + WORDS, entry, from, from + WORDS);
    }

    private @Nullable Entry find(long high, long low, int hash) {
      long[] table = words;
      int at = slot(table, high, low, hash);
      return at < 0 ? null : entry(table[at + 2], table[at + 3]);
    }

    /**
     * Returns where in a table an id is; negative if it is not there. Ends whatever it sees: it
     * looks at each slot once at most.
     */
    private static int slot(long[] table, long high, long low, int hash) {
      int slots = table.length / WORDS;
      for (int slot = home(hash, slots), seen = 0;
          seen < slots;
          slot = after(slot, slots), seen++) {
        int at = slot * WORDS;
        if (table[at] == 0) {
          return -1;
        }
        if (table[at] == high && table[at + 1] == low) {
          return at;
        }
      }
      return -1;
    }

    void put(long high, long low, int hash, Entry entry) {
      long stamp = lock.writeLock();
      try {
        int at = place(high, low, hash);
        words[at + PLACE] = Index.place(entry.sequence, entry.segment, entry.position);
        words[at + PLACE + 1] = rest(entry.sequence, entry.length);
      } finally {
        lock.unlockWrite(stamp);
      }
    }

    boolean putIfAbsent(long high, long low, int hash, long place, long rest) {
      long stamp = lock.writeLock();
      try {
        int before = size;
        int at = place(high, low, hash);
        if (size > before) {
          words[at + PLACE] = place;
          words[at + PLACE + 1] = rest;
        }
        return size > before;
      } finally {
        lock.unlockWrite(stamp);
      }
    }

    /** Returns where the entry of an id is, or is to be. */
    private int place(long high, long low, int hash) {
      int slots = words.length / WORDS;
      if ((size + 1) * 4 > slots * 3) {
        // Not twice as many: memory follows the number of messages.
        slots = Math.max(SMALLEST, slots + slots / 2);
        words = rehashed(slots * WORDS, EVERY);
      }
      long[] table = words;
      int at = home(hash, slots) * WORDS;
      while (table[at] != 0 && (table[at] != high || table[at + 1] != low)) {
        at = at + WORDS == table.length ? 0 : at + WORDS;
      }
      if (table[at] == 0) {
        size++;
        table[at] = high;
        table[at + 1] = low;
      }
      return at;
    }

    private long[] rehashed(int length, LongPredicate places) {
      long[] old = words;
      long[] next = new long[length];
      int slots = length / WORDS;
      for (int at = 0; at < old.length; at += WORDS) {
        if (old[at] != 0 && places.test(old[at + 2])) {
          int slot = home((int) hash(old[at], old[at + 1]), slots);
          while (next[slot * WORDS] != 0) {
            slot = after(slot, slots);
          }
          System.arraycopy(old, at, next, slot * WORDS, WORDS);
        }
      }
      return next;
    }

    void remove(long high, long low, int hash) {
      long stamp = lock.writeLock();
      try {
        int at = slot(words, high, low, hash);
        if (at >= 0) {
          close(at / WORDS, words.length / WORDS);
          size--;
          shrink();
        }
      } finally {
        lock.unlockWrite(stamp);
      }
    }

    void shrinkNow() {
      long stamp = lock.writeLock();
      try {
        tooLittleMemory = false;
        shrink();
      } finally {
        lock.unlockWrite(stamp);
      }
    }

    /** Takes a table that is half full, if this one is full to a quarter only. */
    private void shrink() {
      int slots = words.length / WORDS;
      if (slots > FEW && size <= slots / 4 && !tooLittleMemory) {
        try {
          words = rehashed(Math.max(2 * size, SMALLEST) * WORDS, EVERY);
        } catch (OutOfMemoryError | InternalError e) {
          tooLittleMemory = true; // nothing has happened
        }
      }
    }

    /** Moves what comes behind a gap into it, as far as it may be found there. */
    private void close(int gap, int slots) {
      int free = gap;
      for (int slot = after(free, slots); words[slot * WORDS] != 0; slot = after(slot, slots)) {
        int home = home((int) hash(words[slot * WORDS], words[slot * WORDS + 1]), slots);
        if (distance(home, slot, slots) >= distance(free, slot, slots)) {
          System.arraycopy(words, slot * WORDS, words, free * WORDS, WORDS);
          free = slot;
        }
      }
      words[free * WORDS] = 0;
    }

    void forget(IntPredicate segments) {
      long stamp = lock.writeLock();
      try {
        long[] table = words;
        int kept = 0;
        for (int at = 0; at < table.length; at += WORDS) {
          kept += table[at] == 0 || segments.test(segment(table[at + 2])) ? 0 : 1;
        }
        if (kept < size) {
          // Into another one: entries would have gaps before them, and if there is no memory for
          // it, nothing was forgotten.
          words = rehashed(table.length, new Outside(segments));
          size = kept;
        }
      } finally {
        lock.unlockWrite(stamp);
      }
    }

    void addTo(ScanBatch batch) {
      batch.expect(words.length); // which may take a while
      long stamp = lock.readLock();
      try {
        batch.add(words, size);
      } finally {
        lock.unlockRead(stamp);
      }
    }

    int size() {
      long stamp = lock.readLock();
      try {
        return size;
      } finally {
        lock.unlockRead(stamp);
      }
    }
  }
}
