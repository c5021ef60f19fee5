package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Compaction begins and ends with the garbage, and takes no more than its share from stores. */
class CompactionPaceTest {
  private static final long SEGMENT = 1 << 20;
  private static final long NEEDED = 100 * SEGMENT;

  private final CompactionPace pace = new CompactionPace();

  private void garbage(long segments) {
    pace.measured(segments * SEGMENT, 0, NEEDED, SEGMENT);
  }

  @Test
  void burstBeginsWithMuchGarbageAndEndsWithLess() {
    garbage(37);
    assertThat(pace.isWanted()).isFalse();
    garbage(39);
    assertThat(pace.isWanted()).isTrue();
    garbage(34);
    assertThat(pace.isWanted()).isTrue();
    garbage(32);
    assertThat(pace.isWanted()).isFalse();
  }

  @Test
  void fewSegmentsAreLeftHoweverLittleOfThemIsNeeded() {
    pace.measured(6 * SEGMENT, 0, SEGMENT, SEGMENT);
    assertThat(pace.isWanted()).isFalse();
    pace.measured(7 * SEGMENT, 0, SEGMENT, SEGMENT);
    assertThat(pace.isWanted()).isTrue();
  }

  @Test
  void storesWaitBeforeTheBoundIsReachedAndNoLongerThanTheirOwnCopiesTake() {
    garbage(41);
    pace.stored(100_000);
    assertThat(pace.isOwed()).isFalse();
    garbage(43);
    pace.stored(100_000);
    assertThat(pace.isOwed()).isTrue();
    pace.copied(2 * CompactionPace.COPIES * 100_000L);
    assertThat(pace.isOwed()).isFalse();
    pace.stored(100_000);
    assertThat(pace.isOwed()).isTrue();
  }

  @Test
  void storesWaitForSegmentsThatAreEndingOnlyIfTheseAreMany() {
    pace.measured(40 * SEGMENT, 4 * SEGMENT, NEEDED, SEGMENT);
    assertThat(pace.isLate()).isFalse();
    pace.measured(40 * SEGMENT, 6 * SEGMENT, NEEDED, SEGMENT);
    assertThat(pace.isLate()).isTrue();
    pace.measured(46 * SEGMENT, 0, NEEDED, SEGMENT);
    assertThat(pace.isLate()).isFalse();
  }

  @Test
  void aStoredByteLetsFewBytesBeCopiedAndWhatIsNotUsedIsNotSavedUp() {
    garbage(50);
    long copied = 0;
    long stored = 0;
    for (int i = 0; i < 1000; i++) {
      long group = Format.BLOCK * (1 + i % 50L);
      pace.stored(group);
      stored += group;
      copied += pace.credit();
      pace.copied(pace.credit());
      assertThat(copied).isLessThanOrEqualTo(CompactionPace.COPIES * stored);
    }
    for (int i = 0; i < 1000; i++) {
      pace.stored(Format.BLOCK);
    }
    assertThat(pace.credit()).isLessThanOrEqualTo(CompactionBatch.BYTES);
  }

  @Test
  void nothingIsSavedUpWhileThereIsNothingToBeCopied() {
    garbage(10);
    pace.stored(SEGMENT);
    garbage(50);
    pace.measured(10 * SEGMENT, 0, NEEDED, SEGMENT);
    assertThat(pace.credit()).isZero();
  }
}
