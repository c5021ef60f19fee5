package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maintenance changes no message, and disturbs no call. */
public interface MaintenanceContract extends BackendContract {

  /** Cleanup leaves every message, and reports no nonsense. */
  @Test
  default void cleanupKeepsEverything(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(1, 100, 5000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      CleanupReport report = Check.get(spool.cleanup());
      assertThat(report.removed()).isNotNegative();
      assertThat(report.bytesFreed()).isNotNegative();
      assertThat(report.elapsed()).isGreaterThanOrEqualTo(Duration.ZERO);
      Check.holdsExactly(spool, messages);
      Check.get(spool.cleanup());
    }
  }

  /** Cleanup beside stores, loads, removals and scans. */
  @Test
  default void cleanupBesideEverything(@TempDir Path dir) {
    Map<SpoolId, byte[]> stable = Messages.mixed(2, 50, 2000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, stable);
      try (Churn churn = Churn.start(spool, 2)) {
        for (int i = 0; i < 20; i++) {
          Check.get(spool.cleanup());
          assertThat(Check.list(spool).listed().keySet()).containsAll(stable.keySet());
        }
        churn.finish();
      }
      Check.get(spool.cleanup());
      Check.holdsExactly(spool, stable);
    }
  }

  /** Cleanup of a spool that many messages went through leaves a spool that works. */
  @Test
  default void cleanupAfterDraining(@TempDir Path dir) {
    try (Spool spool = open(dir)) {
      for (int round = 0; round < 3; round++) {
        Map<SpoolId, byte[]> messages = Messages.mixed(round, 100, 5000);
        Check.storeAll(spool, messages);
        List<CompletableFuture<Void>> removals = new ArrayList<>();
        messages.keySet().forEach(id -> removals.add(spool.remove(id)));
        removals.forEach(Check::get);
        Check.get(spool.cleanup());
        Check.holdsExactly(spool, Map.of());
      }
    }
  }

  /**
   * Compaction leaves every message, and its report says what there was; NONE where there is
   * nothing to compact.
   */
  @Test
  default void compactionKeepsEverything(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(4, 200, 10_000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      for (SpoolId id : List.copyOf(messages.keySet()).subList(0, 100)) {
        Check.get(spool.remove(id));
        messages.remove(id);
      }
      CompactionReport report = Check.get(spool.compact());
      if (has(Trait.COMPACTS)) {
        assertThat(report).isNotEqualTo(CompactionReport.NONE);
        assertThat(report.bytesAfter()).isPositive();
        assertThat(report.filesAfter()).isPositive();
        assertThat(report.bytesBefore()).isNotNegative();
        assertThat(report.filesBefore()).isNotNegative();
      } else {
        assertThat(report).isEqualTo(CompactionReport.NONE);
      }
      Check.holdsExactly(spool, messages);
    }
    try (Spool spool = open(dir)) {
      Check.holdsExactly(spool, has(Trait.PERSISTENT) ? messages : Map.of());
    }
  }

  /** Compaction beside stores, loads, removals and scans. */
  @Test
  default void compactionBesideEverything(@TempDir Path dir) {
    Map<SpoolId, byte[]> stable = Messages.mixed(5, 50, 2000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, stable);
      try (Churn churn = Churn.start(spool, 2)) {
        for (int i = 0; i < 5; i++) {
          Check.get(spool.compact());
          assertThat(Check.enumerate(spool).items().keySet()).containsAll(stable.keySet());
        }
        churn.finish();
      }
      Check.holdsExactly(spool, stable);
    }
  }

  /** Advising of low memory costs no message, and no durability. */
  @Test
  default void lowMemoryAdviceKeepsEverything(@TempDir Path dir) {
    Map<SpoolId, byte[]> messages = Messages.mixed(6, 100, 20_000);
    try (Spool spool = open(dir)) {
      Check.storeAll(spool, messages);
      messages.forEach((id, data) -> Check.holds(spool, id, data));
      assertThat(Check.get(spool.adviseLowMemory())).isNotNull();
      Check.holdsExactly(spool, messages);
      assertThat(Check.get(spool.adviseLowMemory())).isNotNull();
    }
    try (Spool spool = open(dir)) {
      Check.holdsExactly(spool, has(Trait.PERSISTENT) ? messages : Map.of());
    }
  }
}
