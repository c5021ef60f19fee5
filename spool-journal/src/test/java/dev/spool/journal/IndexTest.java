package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.journal.Index.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

class IndexTest {
  private static final long SEED = System.nanoTime();

  private final Index index = new Index();

  @Test
  void holdsWhatAMapHolds() {
    SplittableRandom random = new SplittableRandom(SEED);
    Map<SpoolId, Entry> map = new HashMap<>();
    List<SpoolId> ids = ids(5000);
    for (int i = 0; i < 200_000; i++) {
      SpoolId id = ids.get(random.nextInt(ids.size()));
      if (random.nextInt(3) == 0) {
        index.remove(id);
        map.remove(id);
      } else {
        Entry entry = entry(random);
        index.put(id, entry);
        map.put(id, entry);
      }
    }
    assertThat(contents()).as("seed " + SEED).isEqualTo(map);
    for (SpoolId id : ids) {
      assertThat(index.get(id)).as("seed " + SEED).isEqualTo(map.get(id));
    }
    assertThat(index.size()).isEqualTo(map.size());
  }

  /** Tables grow and shrink all the time, and a message takes no more than in a growing one. */
  @Test
  void holdsWhatAMapHoldsWhileItGrowsAndShrinks() {
    SplittableRandom random = new SplittableRandom(SEED);
    Map<SpoolId, Entry> map = new HashMap<>();
    List<SpoolId> ids = ids(60_000);
    for (int wave = 0; wave < 12; wave++) {
      int from = random.nextInt(ids.size());
      for (SpoolId id : ids.subList(from, ids.size())) {
        Entry entry = entry(random);
        index.put(id, entry);
        map.put(id, entry);
      }
      int kept = random.nextInt(1, 2000);
      for (SpoolId id : ids) {
        if (random.nextInt(kept) > 0) {
          index.remove(id);
          map.remove(id);
        }
      }
      assertThat(contents()).as("seed " + SEED).isEqualTo(map);
      map.forEach((id, entry) -> assertThat(index.get(id)).as("seed " + SEED).isEqualTo(entry));
      assertThat(index.size()).isEqualTo(map.size());
      assertThat(index.bytes())
          .as("of %s messages, seed %s", map.size(), SEED)
          .isLessThanOrEqualTo(4L * 32 * map.size() + index.shards() * 16L * 32);
    }
  }

  /** A table that was never removed from one by one is given back when memory is short. */
  @Test
  void shrinksWhenItIsToldTo() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (SpoolId id : ids(200_000)) {
      index.put(id, Entry.removed(random.nextInt(1000)));
    }
    SpoolId last = SpoolId.random();
    Entry entry = entry(random);
    index.put(last, entry);
    long before = index.bytes();
    index.forgetRemoved();
    index.shrink();
    assertThat(index.bytes()).isLessThan(before / 4);
    assertThat(index.get(last)).isEqualTo(entry);
  }

  @Test
  void forgetsWhatWasRemovedAndNothingElse() {
    SplittableRandom random = new SplittableRandom(SEED);
    Map<SpoolId, Entry> map = new HashMap<>();
    for (SpoolId id : ids(5000)) {
      Entry entry = random.nextBoolean() ? entry(random) : Entry.removed(random.nextInt(1000));
      index.put(id, entry);
      assertThat(index.get(id)).isEqualTo(entry);
      if (!entry.isRemoved()) {
        map.put(id, entry);
      }
    }
    index.forgetRemoved();
    assertThat(contents()).as("seed " + SEED).isEqualTo(map);
    map.forEach((id, entry) -> assertThat(index.get(id)).isEqualTo(entry));
    assertThat(index.size()).isEqualTo(map.size());
  }

  /** Both halves of an entry are of the same write, whatever is written and removed meanwhile. */
  @Test
  void readersSeeWholeEntries() {
    List<SpoolId> ids = ids(300);
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Long> reader =
        CompletableFuture.supplyAsync(
            () -> {
              long seen = 0;
              while (!done.get()) {
                for (SpoolId id : ids) {
                  Entry entry = index.get(id);
                  if (entry != null) {
                    assertThat(entry.length()).isEqualTo((int) entry.sequence());
                    assertThat(entry.position()).isEqualTo(8 * entry.sequence());
                    seen++;
                  }
                }
              }
              return seen;
            });
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 500_000; i++) {
      SpoolId id = ids.get(random.nextInt(ids.size()));
      int value = random.nextInt(1 << 20);
      if (random.nextInt(3) == 0) {
        index.remove(id);
      } else {
        index.put(id, new Entry(value, value & 0xFF, 8L * value, value));
      }
    }
    done.set(true);
    assertThat(reader.join()).isPositive();
  }

  /**
   * Reads of a message are linearizable while all around it comes and goes, so that tables grow and
   * shrink: what was there before a read began is seen, and nothing is that was not begun when it
   * ended.
   */
  @Test
  void readsAreLinearizableWhileTablesGrowAndShrink() {
    List<SpoolId> stays = ids(500);
    AtomicLongArray begun = new AtomicLongArray(stays.size());
    AtomicLongArray put = new AtomicLongArray(stays.size());
    for (int i = 0; i < stays.size(); i++) {
      index.put(stays.get(i), new Entry(0, 0, 0, 0));
    }
    AtomicBoolean done = new AtomicBoolean();
    List<CompletableFuture<Void>> readers = new ArrayList<>();
    for (int reader = 0; reader < 2; reader++) {
      readers.add(
          CompletableFuture.runAsync(
              () -> {
                while (!done.get()) {
                  for (int i = 0; i < stays.size(); i++) {
                    long least = put.get(i);
                    Entry entry = index.get(stays.get(i));
                    long most = begun.get(i);
                    assertThat(entry).as("seed " + SEED).isNotNull();
                    assertThat(entry.sequence()).as("seed " + SEED).isBetween(least, most);
                    assertThat(entry.length()).isEqualTo((int) entry.sequence());
                    assertThat(entry.position()).isEqualTo(8 * entry.sequence());
                  }
                }
              },
              each -> new Thread(each).start()));
    }
    SplittableRandom random = new SplittableRandom(SEED);
    List<SpoolId> others = ids(80_000);
    long largest = 0;
    long smallest = Long.MAX_VALUE;
    for (int wave = 0; wave < 20; wave++) {
      for (int i = 0; i < others.size(); i++) {
        if (wave % 2 == 0) {
          index.put(others.get(i), new Entry(7, 7, 56, 7));
        } else {
          index.remove(others.get(i));
        }
        if (i % 8 == 0) {
          int changed = random.nextInt(stays.size());
          long next = begun.incrementAndGet(changed);
          index.put(stays.get(changed), new Entry(next, 0, 8 * next, (int) next));
          put.set(changed, next);
        }
      }
      largest = Math.max(largest, index.bytes());
      smallest = Math.min(smallest, index.bytes());
    }
    done.set(true);
    readers.forEach(CompletableFuture::join);
    assertThat(largest).isGreaterThan(2 * smallest);
  }

  private static List<SpoolId> ids(int count) {
    List<SpoolId> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(SpoolId.random());
    }
    return ids;
  }

  private static Entry entry(SplittableRandom random) {
    return new Entry(
        random.nextLong(Index.LAST_SEQUENCE + 1),
        random.nextInt(Index.MOST_SEGMENTS),
        8 * random.nextLong(1 << 28),
        random.nextInt(Integer.MAX_VALUE));
  }

  private Map<SpoolId, Entry> contents() {
    Map<SpoolId, Entry> contents = new HashMap<>();
    for (SpoolId id : Journals.ids(index)) {
      contents.put(id, index.get(id));
    }
    return contents;
  }
}
