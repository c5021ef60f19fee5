package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.load;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
}
