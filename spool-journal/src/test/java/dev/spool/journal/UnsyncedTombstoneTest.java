package dev.spool.journal;

import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.testkit.PowerCutDisk;
import java.io.IOException;
import java.util.HashSet;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Attack 21 of the format page, which the model test meets once in thousands of runs only: a power
 * cut loses a tombstone, and keeps the next one of the same message.
 */
class UnsyncedTombstoneTest {
  private static final int SEEDS = 300;
  private static final SpoolId ID = Journals.id(1);
  private static final SpoolId OTHER = Journals.id(2);
  private static final SpoolId KEPT = Journals.id(3);

  @Test
  void whatIsAbsentStaysAbsent() throws IOException {
    for (long seed = 0; seed < SEEDS; seed++) {
      assertThat(comesBack(seed, new Rules())).as("seed " + seed).isFalse();
    }
  }

  @Test
  void withoutTheRuleItComesBack() throws IOException {
    Rules mutation =
        new Rules() {
          @Override
          int[] namesAgain(int @Nullable [] unsettled) {
            return new int[0];
          }
        };
    boolean noticed = false;
    for (long seed = 0; seed < SEEDS && !noticed; seed++) {
      noticed = comesBack(seed, mutation);
    }
    assertThat(noticed).isTrue();
  }

  private static boolean comesBack(long seed, Rules rules) throws IOException {
    PowerCutDisk disk = new PowerCutDisk(new SplittableRandom(seed));
    disk.createDirectories(Journals.DIRECTORY);
    Journal journal = open(disk, rules);
    journal.store(ID, message(1, 100));
    journal.store(OTHER, message(2, 100));
    journal.store(KEPT, message(9, 100)); // keeps the segment of the first value alive
    journal.finish();
    // The first tombstone is in the first block; behind it a record begins exactly at a block,
    // where a reader that has lost its way finds it.
    boolean unused = journal.remove(ID);
    int tombstone = RecordHeader.BYTES + 8;
    int before = RecordHeader.BYTES + tombstone + RecordHeader.BYTES;
    journal.store(OTHER, message(3, 3 * Format.BLOCK - before));
    journal.store(ID, message(5, 100));
    unused = journal.remove(ID);
    journal.write();
    disk.restart();
    byte[] first = Journals.load(open(disk, rules), ID);
    byte[] second = Journals.load(open(disk, rules), ID);
    return first == null && second != null;
  }

  private static Journal open(PowerCutDisk disk, Rules rules) throws IOException {
    disk.kill();
    Segments segments =
        new Segments(
            disk,
            Journals.DIRECTORY,
            new UUID(1, 2),
            Journals.SEGMENT,
            rules,
            new SplittableRandom(7));
    return Replay.open(segments, rules, new HashSet<>(), Format.BLOCK).journal();
  }
}
