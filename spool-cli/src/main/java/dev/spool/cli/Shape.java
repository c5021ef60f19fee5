package dev.spool.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Counts messages by age and size, and shows that as a table: columns of ages that double, as in
 * Postfix' {@code qshape}, and a row for each class of sizes. Its memory does not grow.
 *
 * <pre>
 *                T   5m  10m  20m  …  1280m 1280m+
 *     TOTAL      5    3    1    0  …      0      1
 *   ≤ 1 KiB      4    3    1    0  …      0      0
 *   ≤ 4 KiB      1    0    0    0  …      0      1
 * </pre>
 */
final class Shape {
  /** The upper ends of the columns, in minutes; each excludes its end, and a last one follows. */
  static final List<Integer> AGE_MINUTES = List.of(5, 10, 20, 40, 80, 160, 320, 640, 1280);

  /** The upper ends of the rows, in bytes; each includes its end, and a last one follows. */
  static final List<Long> SIZES =
      List.of(1L << 10, 4L << 10, 16L << 10, 64L << 10, 256L << 10, 1L << 20, 4L << 20, 16L << 20);

  private static final int LABEL_WIDTH = 10;
  private static final int LEAST_WIDTH = 6;

  /** By size, then by age. */
  private final long[][] counts = new long[SIZES.size() + 1][AGE_MINUTES.size() + 1];

  /** Counts a message. */
  void add(Duration age, long size) {
    counts[row(size)][column(age)]++;
  }

  private static int row(long size) {
    int row = 0;
    while (row < SIZES.size() && size > SIZES.get(row)) {
      row++;
    }
    return row;
  }

  private static int column(Duration age) {
    int column = 0;
    while (column < AGE_MINUTES.size()
        && age.compareTo(Duration.ofMinutes(AGE_MINUTES.get(column))) >= 0) {
      column++;
    }
    return column;
  }

  /** Prints the table: all columns, and the rows that have something to show. */
  void print(PrintStream out) {
    List<String> heads = new ArrayList<>();
    heads.add("T");
    AGE_MINUTES.forEach(minutes -> heads.add(minutes + "m"));
    heads.add(AGE_MINUTES.get(AGE_MINUTES.size() - 1) + "m+");
    long[] totals = new long[AGE_MINUTES.size() + 1];
    for (long[] row : counts) {
      Arrays.setAll(totals, i -> totals[i] + row[i]);
    }
    int width = Math.max(LEAST_WIDTH, Long.toString(sum(totals)).length() + 1);
    out.println(line("", heads, width));
    out.println(line("TOTAL", cells(totals), width));
    for (int row = 0; row < counts.length; row++) {
      if (sum(counts[row]) > 0) {
        out.println(line(label(row), cells(counts[row]), width));
      }
    }
  }

  private static String line(String label, List<String> cells, int width) {
    StringBuilder line =
        new StringBuilder(String.format(Locale.ROOT, "%" + LABEL_WIDTH + "s", label));
    cells.forEach(cell -> line.append(String.format(Locale.ROOT, " %" + width + "s", cell)));
    return line.toString();
  }

  private static List<String> cells(long[] row) {
    List<String> cells = new ArrayList<>();
    cells.add(Long.toString(sum(row)));
    Arrays.stream(row).forEach(count -> cells.add(Long.toString(count)));
    return cells;
  }

  private static long sum(long[] row) {
    return Arrays.stream(row).sum();
  }

  private static String label(int row) {
    return row < SIZES.size()
        ? "≤ " + round(SIZES.get(row))
        : "> " + round(SIZES.get(SIZES.size() - 1));
  }

  private static String round(long bytes) {
    return bytes < 1 << 20 ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB";
  }

  /** Returns the table as JSON: the ends of the columns, and each row with its end. */
  Json json() {
    List<Object> rows = new ArrayList<>();
    for (int row = 0; row < counts.length; row++) {
      Json one = new Json();
      one.put("maxBytes", row < SIZES.size() ? SIZES.get(row) : null);
      one.put("messages", Arrays.stream(counts[row]).boxed().toList());
      rows.add(one.fields());
    }
    return new Json().put("ageMinutes", AGE_MINUTES).put("rows", rows);
  }
}
