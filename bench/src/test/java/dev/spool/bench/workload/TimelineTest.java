package dev.spool.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.bench.workload.Timeline.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class TimelineTest {
  private static final long MIB = 1 << 20;

  private static Timeline heap(LongUnaryOperator bytes) {
    List<Interval> intervals = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      intervals.add(new Interval(i + 1, 1, 1, 1, 1, 0, 100 * MIB, bytes.applyAsLong(i)));
    }
    return new Timeline(intervals, 1, 1, 1, 1, 0, List.of());
  }

  @Test
  void aSawWhoseValleysRiseIsALeak() {
    assertThat(heap(i -> (100 + 3 * i + i % 5 * 40) * MIB).heapGrows()).isTrue();
  }

  @Test
  void aSawWhoseValleysDoNotRiseIsNone() {
    assertThat(heap(i -> (100 + i % 5 * 40) * MIB).heapGrows()).isFalse();
  }

  @Test
  void memoryThatGrowsAtFirstAndThenNoMoreIsNoLeak() {
    assertThat(heap(i -> (100 + 10 * Math.min(i, 15)) * MIB).heapGrows()).isFalse();
    assertThat(heap(i -> 100 * MIB).residentGrows()).isFalse();
  }
}
