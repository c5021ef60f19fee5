package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A spool that has filled its disk can be emptied, one removal at a time, and takes stores then.
 */
class JournalFullDiskTest {
  private static final int SEGMENTS = 12;

  private final Journals journals = new Journals();

  private Journal openWithReserve() throws IOException {
    Journal journal = journals.open().journal();
    for (int i = 0; i < SegmentPool.RESERVE; i++) {
      journal
          .pool()
          .addFree(journal.segments().make(SegmentHeader.State.FREE, journal.segments().length()));
    }
    return journal;
  }

  /** Stores until there is no room; returns how many there are. */
  private static int fill(Journal journal, int length) throws IOException {
    int stored = 0;
    try {
      while (true) {
        journal.store(id(stored), message(stored, length));
        stored++;
      }
    } catch (IOException e) {
      assertThat(e).hasMessage("No space left on device");
    }
    assertThat(journal.isBroken()).isFalse();
    journal.force();
    return stored;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 1000, 4048, 20_000})
  void oneRemovalAtATimeEmptiesAFullSpool(int length) throws IOException {
    journals.disk.capacity(SEGMENTS * (long) Journals.SEGMENT + Journals.ROSTER);
    Journal journal = openWithReserve();
    int stored = fill(journal, length);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < stored; i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(length)); // no segment is empty before nearly all are
    for (int each : order) {
      assertThat(journal.remove(id(each))).isTrue();
      journal.force();
      keepHouse(journal);
    }
    assertThat(journal.index().size()).isZero();
    for (int i = 0; i < stored / 2; i++) {
      journal.store(id(i), message(i, length));
    }
    journal.force();
  }

  /** What the spool's housekeeping does when there is hardly a free segment. */
  private static void keepHouse(Journal journal) throws IOException {
    int unused = journal.reclaim();
    if (journal.pool().freeCount() < SegmentPool.RESERVE) {
      Compaction compaction =
          Compaction.candidate(journal, 0.9)
              .map(
                  segment -> {
                    try {
                      return Compaction.begin(journal, new Rules(), segment);
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  })
              .orElse(null);
      if (compaction != null) {
        compaction.read(Long.MAX_VALUE);
        assertThat(compaction.append()).isTrue();
        journal.force();
        unused = journal.reclaim();
      }
    }
  }

  @Test
  void removalThatFindsNoSegmentAtAllIsNotApplied() throws IOException {
    journals.disk.capacity(SEGMENTS * (long) Journals.SEGMENT + Journals.ROSTER);
    Journal journal = journals.open().journal();
    int stored = fill(journal, 1000);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < stored; i++) {
                boolean unused = journal.remove(id(i));
                journal.force();
              }
            })
        .hasMessage("No space left on device");
    assertThat(journal.isBroken()).isFalse();
  }
}
