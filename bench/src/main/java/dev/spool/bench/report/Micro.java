package dev.spool.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What JMH measured, as its own JSON file has it.
 *
 * @param jvm that it ran on
 */
record Micro(String jvm, String jmh, List<Line> lines) {

  /**
   * One benchmark.
   *
   * @param name with its parameters
   * @param score in {@code unit}
   * @param error half the width of the 99.9 % confidence interval; NaN if unknown
   * @param bytes allocated an operation; NaN if it was not asked for
   */
  record Line(String name, double score, double error, String unit, double bytes) {}

  static Micro of(List<?> benchmarks) {
    List<Line> lines = new ArrayList<>();
    String jvm = "unknown";
    String jmh = "unknown";
    for (Object benchmark : benchmarks) {
      Map<?, ?> fields = (Map<?, ?>) benchmark;
      if (!(fields.get("benchmark") instanceof String)) {
        throw new IllegalArgumentException("JMH did not write this: a benchmark has no name");
      }
      jvm = fields.get("vmName") + " " + fields.get("vmVersion");
      jmh = String.valueOf(fields.get("jmhVersion"));
      Map<?, ?> score = metric(fields.get("primaryMetric"));
      double bytes = Double.NaN;
      for (Map.Entry<?, ?> second : metric(fields.get("secondaryMetrics")).entrySet()) {
        if (String.valueOf(second.getKey()).endsWith("gc.alloc.rate.norm")) {
          bytes = number(metric(second.getValue()).get("score"));
        }
      }
      lines.add(
          new Line(
              name(fields),
              number(score.get("score")),
              number(score.get("scoreError")),
              String.valueOf(score.get("scoreUnit")),
              bytes));
    }
    return new Micro(jvm, jmh, lines);
  }

  private static Map<?, ?> metric(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  private static String name(Map<?, ?> fields) {
    String full = String.valueOf(fields.get("benchmark"));
    String name = full.substring(full.lastIndexOf('.', full.lastIndexOf('.') - 1) + 1);
    StringJoiner parameters = new StringJoiner(", ", " (", ")").setEmptyValue("");
    metric(fields.get("params")).forEach((key, value) -> parameters.add(key + " " + value));
    return name + parameters;
  }

  /** JMH writes NaN as text. */
  private static double number(@Nullable Object value) {
    return value instanceof Number number ? number.doubleValue() : Double.NaN;
  }
}
