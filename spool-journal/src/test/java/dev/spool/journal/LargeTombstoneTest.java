package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.load;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tombstone is in the summary, too: it needs room twice. */
class LargeTombstoneTest {
  private final Journals journals = new Journals();

  @ParameterizedTest
  @ValueSource(ints = {1000, 7000, 12_000})
  void segmentOfATombstoneThatNamesManyLivesIsSealed(int names) throws IOException {
    Journal journal = journals.open().journal();
    journal.store(id(1), message(1, 100));
    for (int i = 0; i < names; i++) {
      journal.replaced().add(id(1), 1_000_000 + i);
    }
    assertThat(journal.remove(id(1))).isTrue();
    journal.store(id(2), message(2, 100));
    journal.finish();
    Replay.Opened opened = journals.open();
    assertThat(opened.unsealed()).isZero();
    assertThat(load(opened.journal(), id(1))).isNull();
    assertThat(load(opened.journal(), id(2))).isEqualTo(message(2, 100));
  }

  /** It is one record, however many it names, and each of them goes at its time. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 100, 1000})
  void tombstoneCountsForWhatItTakes(int names) throws IOException {
    Journal journal = journals.open().journal();
    journal.store(id(1), message(1, 100));
    Segment segment = journal.pool().present().iterator().next();
    for (int i = 0; i < names; i++) {
      journal.replaced().add(id(1), 1_000_000 + i);
    }
    assertThat(journal.remove(id(1))).isTrue();
    long takes = Summary.bytesOf(names * 4) + names * 4L;
    assertThat(segment.neededBytes()).isBetween(takes - names, takes);
    for (int i = 0; i < names; i++) {
      segment.forget(1_000_000 + i);
      long left = names - i - 1L;
      assertThat(segment.neededBytes())
          .isBetween((takes - names) * left / names, takes * left / names);
    }
    assertThat(segment.hasTombstones(generation -> true)).isFalse();
  }

  @Test
  void tombstoneThatWasCarriedOnCountsNoMore() throws IOException {
    Segment segment = new Segment(journals.disk.create(Journals.path(1)), header());
    segment.addTombstone(new int[] {5, 6, 7});
    segment.addTombstone(new int[] {6, 1});
    segment.forget(7);
    segment.subtractTombstone(new int[] {5, 6, 7}, 1);
    assertThat(segment.neededBytes()).isEqualTo(Summary.bytesOf(4) + 4);
    segment.subtractTombstone(new int[] {6, 1}, 2);
    assertThat(segment.neededBytes()).isZero();
    assertThat(segment.hasTombstones(generation -> true)).isFalse();
  }

  private static SegmentHeader header() {
    return new SegmentHeader(SegmentHeader.State.ACTIVE, new UUID(1, 2), 1, 1, 1, Journals.SEGMENT);
  }
}
