package dev.spool.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With each collector, in a JVM of its own with a heap of 64 MiB. */
class HeapAfterCollectionTest {

  /** Makes garbage, then holds most of the heap, then lets go; collects each time. */
  static final class Child {
    private static final int PIECE = 20_000;

    private Child() {}

    public static void main(String[] args) {
      HeapAfterCollection heap = new HeapAfterCollection();
      long garbage = 0;
      for (int i = 0; i < 20_000; i++) {
        garbage += new byte[PIECE].length;
      }
      System.gc();
      System.out.println("garbage " + garbage + " " + percent(heap));
      long max = Runtime.getRuntime().maxMemory();
      List<byte[]> held = new ArrayList<>();
      for (long bytes = 0; bytes < max / 100 * 75; bytes += PIECE) {
        held.add(new byte[PIECE]);
      }
      System.gc();
      System.out.println("held " + held.size() + " " + percent(heap));
      held.clear();
      System.gc();
      System.out.println("let go " + held.size() + " " + percent(heap));
    }

    private static long percent(HeapAfterCollection heap) {
      MemoryReading reading = heap.read();
      return reading == null ? 0 : 100 * reading.used() / reading.limit();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-XX:+UseG1GC",
        "-XX:+UseParallelGC",
        "-XX:+UseSerialGC",
        "-XX:+UseZGC",
        "-XX:+UseShenandoahGC",
        "-XX:+UnlockExperimentalVMOptions -XX:+UseShenandoahGC -XX:ShenandoahGCMode=generational"
      })
  void whatIsHeldIsSeenAndGarbageIsNot(String collector) throws Exception {
    try (ChildJvm child =
        ChildJvm.start(
            "export JAVA_TOOL_OPTIONS='" + collector + "'; ", element -> true, Child.class)) {
      String garbage = child.line();
      assumeTrue(garbage != null && garbage.startsWith("garbage"), "this JVM has no " + collector);
      assertThat(percent(garbage)).as(garbage).isLessThan(50);
      String held = child.line();
      assertThat(percent(held)).as(held).isGreaterThan(60);
      String letGo = child.line();
      assertThat(percent(letGo)).as(letGo).isLessThan(50);
    }
  }

  private static long percent(String line) {
    return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
  }
}
