package dev.spool.rocksdb;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Refuses settings that contradict one another, before anything is opened: what RocksDB would
 * quietly correct, or do badly, is told to whoever has set it, with the remedy. All methods are
 * pure.
 */
final class SettingChecks {
  /** How {@code optimize…} divides its memory into memtables. */
  private static final int OPTIMIZED_MEMTABLES = 4;

  private SettingChecks() {}

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if two of them exclude one another, naming both
   */
  static void check(RocksSettings settings, boolean readOnly) {
    Long level = settings.optimizeLevelStyleCompaction();
    Long universal = settings.optimizeUniversalStyleCompaction();
    refuseIf(
        level != null && universal != null,
        "optimizeLevelStyleCompaction and optimizeUniversalStyleCompaction exclude one another: choose"
            + " one");
    refuseIf(
        settings.adopt() && readOnly,
        "adopt and readOnly exclude one another: adopt first, then read");
    checkBudget("optimizeLevelStyleCompaction", level, settings);
    checkBudget("optimizeUniversalStyleCompaction", universal, settings);
    checkBudget("writeBufferSize", settings.writeBufferSize(), settings);
    checkMemtable(settings);
    Long readahead = settings.compactionReadaheadSize();
    refuseIf(
        Boolean.TRUE.equals(settings.useDirectIoForFlushAndCompaction())
            && readahead != null
            && readahead == 0,
        "useDirectIoForFlushAndCompaction=true and compactionReadaheadSize=0 exclude one another:"
            + " without the page cache a compaction would read block by block; leave the latter out,"
            + " or make it 2MiB");
  }

  private static void checkBudget(String name, @Nullable Long value, RocksSettings settings) {
    if (value == null) {
      return;
    }
    refuseIf(
        value > settings.cacheSize() / 2,
        "%s=%d is more than half of cacheSize=%d, which is all that memtables may take: raise"
            + " cacheSize to %d",
        name,
        value,
        settings.cacheSize(),
        2 * value);
  }

  private static void checkMemtable(RocksSettings settings) {
    long memtable = memtable(settings);
    long ballast = settings.ballast();
    refuseIf(
        ballast > 0 && ballast < 2 * memtable,
        "ballast=%d is less than twice a memtable of %d bytes, which RocksDB has to write before it"
            + " goes on after a full disk: raise ballast to %d, make writeBufferSize smaller, or do"
            + " without one (ballast=0)",
        ballast,
        memtable,
        2 * memtable);
    refuseIf(
        settings.memtableHugePageSize() > memtable,
        "memtableHugePageSize=%d is more than a memtable of %d bytes: raise writeBufferSize",
        settings.memtableHugePageSize(),
        memtable);
  }

  /** Returns the bytes at which a memtable is flushed. */
  static long memtable(RocksSettings settings) {
    Long set = settings.writeBufferSize();
    Long optimized = settings.optimizeLevelStyleCompaction();
    if (optimized == null) {
      optimized = settings.optimizeUniversalStyleCompaction();
    }
    long size;
    if (set != null) {
      size = set;
    } else if (optimized != null) {
      size = optimized / OPTIMIZED_MEMTABLES;
    } else {
      size = RocksOptions.defaultWriteBuffer(settings);
    }
    return Math.min(size, settings.cacheSize() / 2); // flushed early by the budget
  }

  private static void refuseIf(boolean bad, String why, Object... figures) {
    if (bad) {
      throw new IllegalArgumentException(String.format(Locale.ROOT, why, figures));
    }
  }
}
