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
 * <p>Asked are the pools for what lives long. Each collector has its own: G1, Parallel and Serial
 * an old generation, which they collect when it fills, and whose reading is of that time; ZGC and
 * Shenandoah one pool, or an old one too where they have generations. Their readings include what
 * was allocated while they collected, so they may be too high, never too low. Pools for the young
 * are left out, since a survivor space is often full, and means nothing. Safe for use by any
 * thread.
 */
final class HeapAfterCollection {
  private static final Pattern YOUNG = Pattern.compile("Eden|Survivor|Young");

  private final List<MemoryPoolMXBean> pools =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .filter(pool -> !YOUNG.matcher(pool.getName()).find())
          .toList();

  /** Returns the reading of the fullest pool; null if none has been collected yet. */
  @Nullable MemoryReading read() {
    MemoryReading fullest = null;
    for (MemoryPoolMXBean pool : pools) {
      MemoryUsage usage = pool.getCollectionUsage(); // null where the collector does not tell
      if (usage == null || usage.getUsed() == 0) {
        continue;
      }
      long max = usage.getMax() > 0 ? usage.getMax() : Runtime.getRuntime().maxMemory();
      MemoryReading reading = new MemoryReading("heap after collection", usage.getUsed(), max);
      if (fullest == null || reading.isFullerThan(fullest)) {
        fullest = reading;
      }
    }
    return fullest;
  }
}
