package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.journal.Index.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScanBatchTest {
  private static final long SEED = System.nanoTime();

  private final ScanBatch batch = new ScanBatch();

  @Test
  void hasEachEntryOnceInTheOrderOfTheDisk() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 3; round++) {
      Index index = new Index();
      Map<SpoolId, Entry> expected = new HashMap<>();
      for (int i = 0; i < 20_000; i++) {
        SpoolId id = SpoolId.random();
        Entry entry =
            new Entry(i, random.nextInt(40), 8L * random.nextInt(1 << 28), random.nextInt(1 << 20));
        index.put(id, entry);
        expected.put(id, entry);
      }
      batch.clear();
      for (int shard = 0; shard < index.shards(); shard++) {
        index.addTo(batch, shard);
      }
      batch.sort();
      List<Entry> ordered = new ArrayList<>();
      for (int i = 0; i < batch.size(); i++) {
        int at = batch.at(i);
        Entry entry = expected.remove(Index.id(batch.words(), at));
        assertThat(entry).as("seed " + SEED).isNotNull();
        assertThat(Index.length(batch.words(), at)).isEqualTo(entry.length());
        assertThat(index.holds(batch.words(), at)).isTrue();
        ordered.add(entry);
      }
      assertThat(expected).as("seed " + SEED).isEmpty();
      assertThat(ordered)
          .isSortedAccordingTo(
              Comparator.comparingInt(Entry::segment).thenComparingLong(Entry::position));
    }
  }

  @Test
  void entryThatWasReplacedIsNotHeldAnyMore() {
    Index index = new Index();
    SpoolId id = SpoolId.random();
    index.put(id, new Entry(1, 2, 8, 3));
    for (int shard = 0; shard < index.shards(); shard++) {
      index.addTo(batch, shard);
    }
    batch.sort();
    index.put(id, new Entry(4, 2, 80, 3));
    assertThat(index.holds(batch.words(), batch.at(0))).isFalse();
    index.remove(id);
    assertThat(index.holds(batch.words(), batch.at(0))).isFalse();
  }
}
