package dev.spool.support;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells how full the heap was after it was collected last: what is left then is in use, while the
 * usage of the moment is mostly garbage.
 *
 * <p>Each collector has pools of its own. G1, Parallel and Serial have an old generation, which
 * they collect when it fills, and whose reading is of that time; eden and survivor spaces are left
 * out, since a full survivor space is usual, and means nothing. ZGC and Shenandoah have one pool,
 * or a young and an old one that share the heap, and are added up; their readings include what was
 * allocated while they collected, so they may be too high, never too low. Safe for use by any
 * thread.
 */
final class HeapAfterCollection {
  private static final Pattern NURSERY = Pattern.compile("Eden|Survivor");

  private final List<MemoryPoolMXBean> pools =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .filter(pool -> !NURSERY.matcher(pool.getName()).find())
          .toList();

  /** Returns the reading; null if nothing has been collected yet. */
  @Nullable MemoryReading read() {
    long used = 0;
    long max = 0;
    for (MemoryPoolMXBean pool : pools) {
      MemoryUsage usage = pool.getCollectionUsage(); // null where the collector does not tell
      if (usage != null) {
        used += usage.getUsed();
        max = Math.max(max, usage.getMax()); // not the sum: the pools share it
      }
    }
    return used == 0
        ? null
        : new MemoryReading(
            "heap after collection", used, max > 0 ? max : Runtime.getRuntime().maxMemory());
  }
}
