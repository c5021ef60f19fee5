package dev.spool.journal;

import dev.spool.SpoolId;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.locks.StampedLock;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Where each message is: 32 bytes a slot, in plain arrays, half full to three quarters.
 *
 * <p>One thread writes, any number read. Each shard is a table of its own behind a {@link
 * StampedLock}: a reader takes none, but looks again if a write came in between, and a table that
 * grows holds up a small part of the ids. Collisions go to the next slot, and a removal closes the
 * gap, so that there are no remains.
 */
final class Index {
  private static final int SHARD_BITS = 8;
  private static final int SMALLEST = 16;
  private static final int WORDS = 4;

  private static final int POSITION_BITS = 28;
  private static final int SEGMENT_BITS = 20;

  /** Segments have numbers below this. */
  static final int MOST_SEGMENTS = (1 << SEGMENT_BITS) - 1;

  /** Sequences are at most this. */
  static final long LAST_SEQUENCE = (1L << 48) - 1;

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

    boolean isAt(Segment other, long otherPosition) {
      return segment == other.slot() && position == otherPosition;
    }
  }

  /** Is shown the entries. */
  @FunctionalInterface
  interface Visitor {
    void visit(SpoolId id, Entry entry);
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

  void put(SpoolId id, Entry entry) {
    UUID uuid = id.toUuid();
    long high = uuid.getMostSignificantBits();
    long low = uuid.getLeastSignificantBits();
    long hash = hash(high, low);
    shard(hash).put(high, low, (int) hash, entry);
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
    forget(segment -> segment < 0);
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

  /** Shows the entries of one shard, as they are at one moment, after the call has seen them. */
  void visit(int shard, Visitor visitor) {
    long[] words = shards[shard].copy();
    for (int at = 0; at < words.length; at += WORDS) {
      if (words[at] != 0) {
        visitor.visit(
            SpoolId.fromUuid(new UUID(words[at], words[at + 1])),
            entry(words[at + 2], words[at + 3]));
      }
    }
  }

  long size() {
    long size = 0;
    for (Shard shard : shards) {
      size += shard.size();
    }
    return size;
  }

  private static long place(Entry entry) {
    return ((long) (entry.segment + 1) << (64 - SEGMENT_BITS))
        | ((entry.position / Format.RECORD_UNIT) << 16)
        | (entry.sequence >>> 32);
  }

  private static int segment(long place) {
    return (int) (place >>> (64 - SEGMENT_BITS)) - 1;
  }

  private static Entry entry(long place, long rest) {
    return new Entry(
        ((place & 0xFFFF) << 32) | (rest & 0xFFFFFFFFL),
        segment(place),
        ((place >>> 16) & ((1L << POSITION_BITS) - 1)) * Format.RECORD_UNIT,
        (int) (rest >>> 32));
  }

  /**
   * A table. An id is never zero, since its version is not: a slot whose first word is, is free.
   */
  private static final class Shard {
    private final StampedLock lock = new StampedLock();

    /** Replaced when it grows; both are written under the lock, and read under it or validated. */
    private long[] words = new long[SMALLEST * WORDS];

    private int size;

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

    /** Ends whatever it sees: it looks at each slot once at most. */
    private @Nullable Entry find(long high, long low, int hash) {
      long[] table = words;
      int mask = table.length / WORDS - 1;
      for (int slot = hash & mask, seen = 0; seen <= mask; slot = (slot + 1) & mask, seen++) {
        int at = slot * WORDS;
        if (table[at] == 0) {
          return null;
        }
        if (table[at] == high && table[at + 1] == low) {
          return entry(table[at + 2], table[at + 3]);
        }
      }
      return null;
    }

    void put(long high, long low, int hash, Entry entry) {
      long stamp = lock.writeLock();
      try {
        if ((size + 1) * 4 > words.length / WORDS * 3) {
          rehash(2 * words.length);
        }
        int mask = words.length / WORDS - 1;
        int slot = hash & mask;
        while (words[slot * WORDS] != 0
            && (words[slot * WORDS] != high || words[slot * WORDS + 1] != low)) {
          slot = (slot + 1) & mask;
        }
        if (words[slot * WORDS] == 0) {
          size++;
        }
        words[slot * WORDS] = high;
        words[slot * WORDS + 1] = low;
        words[slot * WORDS + 2] = place(entry);
        words[slot * WORDS + 3] = ((long) entry.length << 32) | (entry.sequence & 0xFFFFFFFFL);
      } finally {
        lock.unlockWrite(stamp);
      }
    }

    private void rehash(int length) {
      long[] old = words;
      long[] next = new long[length];
      int mask = next.length / WORDS - 1;
      for (int at = 0; at < old.length; at += WORDS) {
        if (old[at] != 0) {
          int slot = (int) hash(old[at], old[at + 1]) & mask;
          while (next[slot * WORDS] != 0) {
            slot = (slot + 1) & mask;
          }
          System.arraycopy(old, at, next, slot * WORDS, WORDS);
        }
      }
      words = next;
    }

    void remove(long high, long low, int hash) {
      long stamp = lock.writeLock();
      try {
        int mask = words.length / WORDS - 1;
        for (int slot = hash & mask; words[slot * WORDS] != 0; slot = (slot + 1) & mask) {
          if (words[slot * WORDS] == high && words[slot * WORDS + 1] == low) {
            close(slot, mask);
            size--;
            return;
          }
        }
      } finally {
        lock.unlockWrite(stamp);
      }
    }

    /** Moves what comes behind a gap into it, as far as it may be found there. */
    private void close(int gap, int mask) {
      int free = gap;
      for (int slot = (free + 1) & mask; words[slot * WORDS] != 0; slot = (slot + 1) & mask) {
        int home = (int) hash(words[slot * WORDS], words[slot * WORDS + 1]) & mask;
        if (((slot - home) & mask) >= ((slot - free) & mask)) {
          System.arraycopy(words, slot * WORDS, words, free * WORDS, WORDS);
          free = slot;
        }
      }
      words[free * WORDS] = 0;
    }

    void forget(IntPredicate segments) {
      long stamp = lock.writeLock();
      try {
        long[] old = words;
        int kept = 0;
        for (int at = 0; at < old.length; at += WORDS) {
          if (old[at] != 0 && segments.test(segment(old[at + 2]))) {
            old[at] = 0;
          }
          kept += old[at] == 0 ? 0 : 1;
        }
        size = kept;
        rehash(old.length); // entries may have gaps before them now
      } finally {
        lock.unlockWrite(stamp);
      }
    }

    long[] copy() {
      long stamp = lock.readLock();
      try {
        return words.clone();
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
