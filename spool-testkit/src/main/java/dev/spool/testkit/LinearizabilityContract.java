package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Under concurrency every message behaves as a register: each call takes effect at one moment
 * between its beginning and its end. Checked on recorded histories.
 */
public interface LinearizabilityContract extends BackendContract {

  /** Stores, loads and removals of few ids by many threads. */
  @Test
  default void storesLoadsAndRemovals(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      ConcurrentLoad load = new ConcurrentLoad(spool, 6);
      load.run(4, 250, false);
      load.assertLinearizable();
    }
  }

  /**
   * The same with calls that are cancelled, and deadlines that fire: what is unknown is old or new.
   */
  @Test
  default void withOutcomesThatAreUnknown(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      ConcurrentLoad load = new ConcurrentLoad(spool, 6);
      load.run(4, 200, true);
      load.assertLinearizable();
    }
  }

  /** The same beside scans, compaction and cleanup. */
  @Test
  default void besideScansAndMaintenance(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      ConcurrentLoad load = new ConcurrentLoad(spool, 4);
      var maintenance =
          Threads.run(
              () -> {
                for (int i = 0; i < 5; i++) {
                  Check.enumerate(spool);
                  Check.get(spool.compact());
                  Check.get(spool.cleanup());
                  Check.get(spool.adviseLowMemory());
                }
              });
      load.run(3, 200, false);
      Check.get(maintenance);
      load.assertLinearizable();
    }
  }

  /** The same in rounds, each beside a shutdown, over openings of the same spool. */
  @Test
  default void acrossOpenings(@TempDir Path dir) {
    ConcurrentLoad load = null;
    for (int round = 0; round < 4; round++) {
      try (Spool spool = open(dir)) {
        if (load == null || !has(Trait.PERSISTENT)) {
          load = new ConcurrentLoad(spool, 4);
        } else {
          load.continueOn(spool);
        }
        var closer = Threads.run(load.closeAfter(60));
        load.run(3, 60, false);
        Check.get(closer);
        load.assertLinearizable();
      }
    }
  }

  /** With one call admitted at a time, where that can be set. */
  @Test
  default void withNarrowAdmission(@TempDir Path dir) {
    Map<String, String> settings =
        has(Trait.ADMISSION)
            ? Map.of(
                "maxConcurrentStores", "1", "maxConcurrentLoads", "1", "maxConcurrentRemoves", "1")
            : Map.of();
    try (Spool spool = fixture().open(dir, settings, null)) {
      ConcurrentLoad load = new ConcurrentLoad(spool, 3);
      load.run(4, 100, true);
      load.assertLinearizable();
      assertThat(spool.unhealthyReason()).isNull();
    }
  }
}
