package dev.spool.journal;

import static dev.spool.journal.Journals.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.testkit.PowerCutDisk;
import dev.spool.testkit.PowerCutDisk.PowerFailure;
import java.io.IOException;
import java.util.HashSet;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Attack 24 of the format page, which the model test meets once in thousands of runs only: the
 * power fails while a header is mended of which one copy is left.
 */
class BadHeaderCopyTest {
  private static final int SEEDS = 300;

  @Test
  void headerOfWhichOneCopyIsLeftSurvivesItsMending() throws IOException {
    for (long seed = 0; seed < SEEDS; seed++) {
      assertThat(isLost(seed, new Rules())).as("seed " + seed).isFalse();
    }
  }

  @Test
  void withoutTheRuleItIsLost() throws IOException {
    Rules mutation =
        new Rules() {
          @Override
          boolean mendsTheBadCopyFirst() {
            return false;
          }
        };
    boolean noticed = false;
    for (long seed = 0; seed < SEEDS && !noticed; seed++) {
      noticed = isLost(seed, mutation);
    }
    assertThat(noticed).isTrue();
  }

  /** Tells whether a segment's header cannot be read any more. */
  private static boolean isLost(long seed, Rules rules) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    PowerCutDisk disk = new PowerCutDisk(random.split());
    disk.createDirectories(Journals.DIRECTORY);
    Journal journal = open(disk, rules).journal();
    journal.store(Journals.id(1), message(1, 100));
    journal.finish();
    disk.rot(Journals.path(0), seed % 2 == 0 ? Format.HEADER_COPY_AT + 20 : 20);
    disk.kill();
    disk.cutAfter(random.nextInt(5));
    try {
      Replay.Opened unused = open(disk, rules);
    } catch (PowerFailure e) {
      disk.restart();
    }
    disk.cutAfter(-1);
    return !open(disk, rules).damages().isEmpty();
  }

  private static Replay.Opened open(PowerCutDisk disk, Rules rules) throws IOException {
    Segments segments =
        new Segments(
            disk,
            Journals.DIRECTORY,
            new UUID(1, 2),
            Journals.SEGMENT,
            rules,
            new SplittableRandom(7));
    return Replay.open(segments, rules, new HashSet<>(), Format.BLOCK);
  }
}
