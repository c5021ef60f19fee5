package dev.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The model test notices when a rule of the journal is taken out. {@link UnsyncedTombstoneTest} has
 * the one that takes too many runs.
 */
class RulesMatterTest {
  private static final int SEEDS = 20_000;
  private static final int STEPS = 300;

  @TestFactory
  Stream<DynamicTest> modelNoticesThatARuleIsMissing() {
    return mutations().entrySet().stream()
        .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> assertNoticed(each.getValue())));
  }

  private static void assertNoticed(Rules mutation) {
    long seed = 0;
    while (seed < SEEDS && !isNoticed(seed, mutation)) {
      seed++;
    }
    assertThat(seed).as("seeds that went well without the rule").isLessThan(SEEDS);
  }

  private static boolean isNoticed(long seed, Rules mutation) {
    try {
      new JournalModel(seed, mutation).run(STEPS);
      return false;
    } catch (AssertionError | RuntimeException e) {
      return true;
    }
  }

  private static Map<String, Rules> mutations() {
    Map<String, Rules> all = new TreeMap<>();
    all.put(
        "a group shares a block with what was synced",
        new Rules() {
          @Override
          long groupAfterSync(long end) {
            return end;
          }
        });
    all.put(
        "a sync covers the segments before, too",
        new Rules() {
          @Override
          boolean waitsForSegmentsBefore() {
            return false;
          }
        });
    all.put(
        "a mark tells what was written",
        new Rules() {
          @Override
          long mark(long synced, long written) {
            return written;
          }
        });
    all.put(
        "a segment is used again before a sync covers what superseded it",
        new Rules() {
          @Override
          boolean mayEnd(long changedAt, long synced) {
            return true;
          }
        });
    all.put(
        "headers are not synced",
        new Rules() {
          @Override
          boolean syncsHeaders() {
            return false;
          }
        });
    all.put(
        "a tombstone names one copy only",
        new Rules() {
          @Override
          int[] names(int[] all) {
            return new int[] {all[0]};
          }
        });
    all.put(
        "a tombstone is not carried on",
        new Rules() {
          @Override
          boolean counts(int[] names, IntPredicate present) {
            return false;
          }
        });
    all.put(
        "a tombstone counts for the first copy that it names only",
        new Rules() {
          @Override
          boolean counts(int[] names, IntPredicate present) {
            return present.test(names[0]);
          }
        });
    all.put(
        "a copy is appended whatever happened to its source",
        new Rules() {
          @Override
          boolean mayCopy(boolean counts) {
            return true;
          }
        });
    all.put(
        "a copy gets a new sequence",
        new Rules() {
          @Override
          long sequenceOfCopy(long sequence, long next) {
            return next;
          }
        });
    all.put(
        "a segment is used again before its tombstones are synced elsewhere",
        new Rules() {
          @Override
          boolean carryingIsChange() {
            return false;
          }
        });
    all.put(
        "a segment is sealed before it is synced",
        new Rules() {
          @Override
          boolean syncsBeforeSeal() {
            return false;
          }
        });
    all.put(
        "what an unsealed segment holds is believed",
        new Rules() {
          @Override
          boolean believesUnsealed() {
            return true;
          }
        });
    all.put(
        "records of another life are believed",
        new Rules() {
          @Override
          long salt(RandomGenerator random) {
            return 0;
          }

          @Override
          boolean sameLife(int recorded, int generation) {
            return true;
          }
        });
    all.put(
        "a segment is written to before it is on the roster",
        new Rules() {
          @Override
          boolean listsBeforeUse() {
            return false;
          }
        });
    all.put(
        "a segment is taken off the roster when it was deleted",
        new Rules() {
          @Override
          boolean unlistsBeforeDeleting() {
            return false;
          }
        });
    all.put(
        "the roster is not synced",
        new Rules() {
          @Override
          boolean syncsRoster() {
            return false;
          }
        });
    all.put(
        "a segment is on the roster before its name lasts",
        new Rules() {
          @Override
          boolean syncsNames() {
            return false;
          }
        });
    all.put(
        "the name of a segment is believed to last because it is there",
        new Rules() {
          @Override
          boolean syncsNamesFound() {
            return false;
          }
        });
    all.put(
        "payloads are not checked",
        new Rules() {
          @Override
          boolean checksPayload() {
            return false;
          }
        });
    return all;
  }
}
