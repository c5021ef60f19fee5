package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compaction ends: nothing is copied that would take as much room as before. */
class WorthwhileCompactionTest {
  private final Journals journals = new Journals();

  /** Of the first there is one to a segment, and room for none beside it. */
  @ParameterizedTest
  @ValueSource(ints = {Journals.SEGMENT * 55 / 100, Journals.SEGMENT * 8 / 10})
  void segmentOfOneMessageThatNeedsAsMuchAgainIsLeft(int length) throws IOException {
    Journal journal = journals.open().journal();
    for (int i = 0; i < 10; i++) {
      journal.store(id(i), message(i, length));
    }
    journal.finish();
    assertThat(journal.pool().present()).hasSize(10);
    assertThat(Compaction.candidate(journal, 0.9)).isEmpty();
  }

  /** Of each there is a large message, and small ones beside it: copied, they would be so again. */
  @Test
  void segmentThatNeverHeldMoreIsLeft() throws IOException {
    Journal journal = journals.open().journal();
    for (int i = 0; i < 100; i++) {
      journal.store(id(i), message(i, i % 20 == 0 ? Journals.SEGMENT * 63 / 100 : 8));
    }
    journal.finish();
    assertThat(Compaction.candidate(journal, 0.76)).as("there is room in each").isPresent();
    assertThat(Compaction.candidate(journal, 0.76, 0.6)).isEmpty();
    boolean unused = journal.remove(id(1));
    assertThat(Compaction.candidate(journal, 0.76, 0.6)).isPresent();
  }

  /** Half as much again as what is needed is empty, and stays so, however long stores wait. */
  @ParameterizedTest
  @ValueSource(ints = {Journals.SEGMENT * 55 / 100, Journals.SEGMENT * 63 / 100})
  void nobodyWaitsForWhatStays(int length) throws IOException {
    Journal journal = journals.open().journal();
    for (int i = 0; i < 1000; i++) {
      journal.store(id(i), message(i, i % 20 == 0 ? length : 8));
    }
    journal.finish();
    CompactionPace pace = new CompactionPace();
    pace.measure(journal);
    pace.stored(100_000);
    assertThat(pace.isWanted()).isFalse();
    assertThat(pace.isOwed()).isFalse();
    for (int i = 0; i < 1000; i++) {
      if (i % 20 == 0 && i % 40 != 0) {
        boolean unused = journal.remove(id(i));
      }
    }
    pace.measure(journal);
    pace.stored(100_000);
    assertThat(pace.isWanted()).isTrue();
    assertThat(pace.isOwed()).isTrue();
  }

  /** What is damaged stays, and so does what was found unsealed. */
  @Test
  void nobodyWaitsForWhatIsDamaged() throws IOException {
    Journal journal = journals.open().journal();
    for (int i = 0; i < 200; i++) {
      journal.store(id(i), message(i, Journals.SEGMENT / 20));
    }
    journal.finish();
    for (int i = 0; i < 200; i++) {
      if (i % 8 != 0) {
        boolean unused = journal.remove(id(i));
      }
    }
    CompactionPace pace = new CompactionPace();
    pace.measure(journal);
    assertThat(pace.isWanted()).isTrue();
    journal.pool().present().forEach(each -> each.damaged = true);
    pace.measure(journal);
    assertThat(pace.isWanted()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {Journals.SEGMENT * 25 / 100, 100})
  void segmentOfWhichTheRestIsGarbageIsNot(int length) throws IOException {
    Journal journal = journals.open().journal();
    journal.store(id(1), message(1, length));
    journal.store(id(2), message(2, 1000));
    boolean unused = journal.remove(id(2));
    journal.finish();
    assertThat(Compaction.candidate(journal, 0.9)).isPresent();
    assertThat(Compaction.candidate(journal, 0.76, 0.6))
        .as("removed before it was full")
        .isPresent();
  }
}
