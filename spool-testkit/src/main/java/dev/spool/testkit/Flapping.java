package dev.spool.testkit;

import dev.spool.Spool;
import dev.spool.SpoolStats.Figure;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Counts how often a spool stops taking stores, and so how often it takes them again, as its own
 * figures tell: each class of failures latches once in a shortage (room, more often where nothing
 * shows that there is none), and an error latches again only when stores were taken again
 * meanwhile, which takes {@code errorUnlatchDuration} without one. Of a spool that has no such
 * figures it knows nothing.
 *
 * <p>For one thread.
 */
final class Flapping {
  private static final String SPACE = "latches.space";
  private static final Set<String> CAUSES = Set.of("latches.fatal", "latches.suspect", SPACE);

  private final Spool spool;
  private final Duration quiet;
  private final long begin = System.nanoTime();
  private final Map<String, Long> before;

  /**
   * Counts from now on.
   *
   * @param quiet the spool's {@code errorUnlatchDuration}
   */
  Flapping(Spool spool, Duration quiet) {
    this.spool = spool;
    this.quiet = quiet;
    this.before = latches(spool);
  }

  private static Map<String, Long> latches(Spool spool) {
    Map<String, Long> latches = new TreeMap<>();
    for (Figure figure : spool.stats().figures()) {
      if (CAUSES.contains(figure.name())) {
        latches.put(figure.name(), figure.value());
      }
    }
    return latches;
  }

  /** Returns how often stores were stopped since, by cause. */
  Map<String, Long> times() {
    Map<String, Long> times = latches(spool);
    before.forEach((cause, count) -> times.merge(cause, -count, Long::sum));
    return times;
  }

  /** Returns the causes that have stopped stores more often than one shortage may, until now. */
  Map<String, Long> tooOften() {
    return tooOften(1);
  }

  /**
   * The same in a shortage of room that the file system's figures do not show: room is looked for
   * after pauses, each twice as long as the one before.
   */
  Map<String, Long> tooOftenUnshown() {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
    return tooOften(3 + Long.SIZE - Long.numberOfLeadingZeros(seconds) + seconds / 60);
  }

  private Map<String, Long> tooOften(long forWantOfRoom) {
    long elapsed = System.nanoTime() - begin;
    Map<String, Long> times = times();
    times
        .entrySet()
        .removeIf(
            each ->
                each.getValue()
                    <= (each.getKey().equals(SPACE)
                        ? forWantOfRoom
                        : 1 + elapsed / quiet.toNanos()));
    return times;
  }
}
