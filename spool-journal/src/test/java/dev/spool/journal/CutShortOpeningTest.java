package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.load;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.testkit.PowerCutDisk.PowerFailure;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An opening that is cut short again and again uses up no room: the next one finds what it had. */
class CutShortOpeningTest {
  private static final int SEGMENTS = 6;
  private static final int LENGTH = 3000;

  private final Journals journals = new Journals();

  /** Fills a disk up to the reserve; the last segment is not sealed. Returns how many there are. */
  private int fill() throws IOException {
    journals.disk.capacity(SEGMENTS * (long) Journals.SEGMENT + Journals.ROSTER);
    Journal journal = journals.open().journal();
    for (int i = 0; i < SegmentPool.RESERVE; i++) {
      journal.pool().addFree(journal.segments().make(SegmentHeader.State.FREE, Journals.SEGMENT));
    }
    int stored = 0;
    try {
      while (true) {
        journal.store(id(stored), message(stored, LENGTH));
        journal.force();
        stored++;
      }
    } catch (IOException e) {
      assertThat(e).hasMessage("No space left on device");
    }
    return stored;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void openingOnAFullDiskSucceedsHoweverOftenItWasCutShort(boolean power) throws IOException {
    int stored = fill();
    for (int changes = 1; changes < 60; changes++) {
      if (open(changes, power)) {
        break;
      }
    }
    holds(stored);
  }

  @Test
  void openingThatIsCutShortInTheSamePlaceTenTimesSucceeds() throws IOException {
    int stored = fill();
    for (int attempt = 0; attempt < 10; attempt++) {
      assertThat(open(8, false)).isFalse();
    }
    holds(stored);
  }

  private boolean open(int changes, boolean power) throws IOException {
    journals.disk.kill();
    journals.disk.cutAfter(changes);
    try {
      Replay.Opened unused = journals.reopen();
      return true;
    } catch (PowerFailure e) {
      if (power) {
        journals.disk.restart();
      }
      return false;
    }
  }

  private void holds(int stored) throws IOException {
    Replay.Opened opened = journals.open();
    assertThat(opened.damages()).isEmpty();
    assertThat(opened.journal().index().size()).isEqualTo(stored);
    for (int i = 0; i < stored; i++) {
      assertThat(load(opened.journal(), id(i))).isEqualTo(message(i, LENGTH));
    }
  }
}
