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
    for (int shard = 0; shard < index.shards(); shard++) {
      index.visit(shard, contents::put);
    }
    return contents;
  }
}
