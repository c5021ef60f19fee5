package dev.spool.journal;

import static dev.spool.journal.Journals.id;
import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** While there is no room, compaction makes some, before it does anything that takes more. */
class WithoutRoomCompactionTest {
  private static final int MESSAGE = 5000;

  private final Journals journals = new Journals();
  private final List<BackgroundJob> handed = new ArrayList<>();

  /**
   * Somebody has deleted segments that are full: to copy those takes as much room as they have, and
   * gives none back.
   */
  @Test
  void segmentsThatAreMissingDoNotHoldUpTheMakingOfRoom() throws IOException {
    Journal journal = journals.open().journal();
    for (int i = 0; i < 100; i++) {
      journal.store(id(i), message(i, MESSAGE));
    }
    journal.finish();
    List<Segment> full = new ArrayList<>(journal.pool().present());
    Segment emptied = full.remove(0);
    for (int i = 1; i < 100; i++) {
      Index.Entry entry = journal.index().get(id(i));
      if (entry != null && entry.segment() == emptied.slot()) {
        boolean unused = journal.remove(id(i));
      }
    }
    journal.force();
    long before = journal.copied();
    try (BareSpool spool = BareSpool.open()) {
      BackgroundCompaction compaction =
          new BackgroundCompaction(spool.context(), new Rules(), handed::add, () -> true);
      compaction.start(journal);
      compaction.want(full);
      run(compaction, journal, true);
      assertThat(emptied.neededBytes()).as("what gives room").isZero();
      assertThat(journal.copied() - before).as("copied for that").isLessThanOrEqualTo(MESSAGE);
      run(compaction, journal, false);
      assertThat(full).allMatch(each -> each.neededBytes() == 0);
    }
  }

  private void run(BackgroundCompaction compaction, Journal journal, boolean roomIsWanted)
      throws IOException {
    for (int i = 0; i < 1000; i++) {
      boolean unused = compaction.run(journal, true, roomIsWanted);
      compaction.written(journal, roomIsWanted);
      for (BackgroundJob job : List.copyOf(handed)) {
        job.work();
        job.done();
      }
      handed.clear();
    }
  }
}
