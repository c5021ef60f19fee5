package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.load;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What was read of a segment's previous life does nothing to the next one. */
class RecycledSegmentTest {
  private final Journals journals = new Journals();

  /**
   * The compaction has to wait, for room perhaps, with what it has read. Meanwhile the message is
   * removed, and its segment gets another life, in which the same message is stored again where it
   * was.
   */
  @Test
  void whatACompactionHasReadDoesNotReplaceWhatIsStoredThereNow() throws IOException {
    Journal journal = journals.open().journal();
    journal.store(id(1), message(1, 1000));
    journal.finish();
    Segment first = journal.pool().present().iterator().next();
    Compaction compaction = Compaction.begin(journal, new Rules(), first);
    compaction.read(Long.MAX_VALUE);
    boolean unused = journal.remove(id(1));
    journal.force();
    assertThat(journal.reclaim()).isEqualTo(1);
    for (int i = 0; i < SegmentPool.RESERVE; i++) {
      journal.pool().addFree(journal.segments().make(SegmentHeader.State.FREE, Journals.SEGMENT));
    }
    journal.finish();
    journal.store(id(1), message(2, 1000));
    journal.force();
    Index.Entry now = journal.index().get(id(1));
    assertThat(now).isNotNull();
    assertThat(now.segment()).as("the premise: the same place").isEqualTo(first.number());
    assertThat(now.position()).isEqualTo(Format.RECORDS_AT + RecordHeader.BYTES);

    assertThat(compaction.append()).isTrue();

    journal.force();
    assertThat(load(journal, id(1))).isEqualTo(message(2, 1000));
    assertThat(load(journals.open().journal(), id(1))).isEqualTo(message(2, 1000));
  }
}
