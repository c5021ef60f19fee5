package dev.spool.bench.workload;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What an open loop saw: latencies in microseconds from when a message was to arrive.
 *
 * @param intervals in their order
 * @param p50 of all but the first interval, as the other figures
 * @param longestGap the longest time in seconds that nothing was acknowledged though something
 *     waited
 * @param stalls the gaps that were too long
 */
public record Timeline(
    List<Interval> intervals,
    double p50,
    double p99,
    double p999,
    double max,
    double longestGap,
    List<Stall> stalls) {

  private static final int THIRDS_FROM = 9;
  private static final double GROWTH = 0.05;
  private static final long LEAST_GROWTH = 16 << 20;

  /**
   * One interval.
   *
   * @param seconds its end, from the start
   * @param done how many messages were stored in it
   * @param underWay at its end
   * @param residentBytes memory of the process, at its end
   * @param heapBytes heap in use after the last collection; 0 before the first
   */
  public record Interval(
      double seconds,
      long done,
      double p50,
      double p99,
      double max,
      long underWay,
      long residentBytes,
      long heapBytes) {}

  /**
   * Nothing was acknowledged.
   *
   * @param at when that began, in seconds from the start
   * @param seconds how long
   */
  public record Stall(double at, double seconds) {}

  /** Whether the heap grew from third to third of the time, by what is not noise. */
  public boolean heapGrows() {
    return grows(Interval::heapBytes);
  }

  /** Whether the memory of the process did. */
  public boolean residentGrows() {
    return grows(Interval::residentBytes);
  }

  /**
   * Compares the lowest value of each third: garbage makes a saw of it, and a leak lifts the saw's
   * valleys. The first third is warm-up: only what the last adds to the second is weighed.
   */
  private boolean grows(ToLongFunction<Interval> bytes) {
    List<Interval> known =
        intervals.stream().filter(interval -> bytes.applyAsLong(interval) > 0).toList();
    int third = known.size() / 3;
    if (known.size() < THIRDS_FROM) {
      return false;
    }
    long first = lowest(known.subList(0, third), bytes);
    long second = lowest(known.subList(third, 2 * third), bytes);
    long last = lowest(known.subList(2 * third, known.size()), bytes);
    return second > first && last - second > Math.max(LEAST_GROWTH, (long) (second * GROWTH));
  }

  private static long lowest(List<Interval> intervals, ToLongFunction<Interval> bytes) {
    return intervals.stream().mapToLong(bytes).min().orElse(0);
  }
}
