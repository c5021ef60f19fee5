package dev.spool.bench.workload;

import dev.spool.Durability;
import java.util.ArrayList;
import java.util.List;

/** The workloads, and the rows that they make. */
public final class Workloads {
  private static final int MESSAGE = 4 << 10;
  private static final int LARGE_MESSAGE = 64 << 10;

  /** The row that costs the harness most: many short operations at once. */
  public static final Case HARNESS = new Case("W1", MESSAGE, 64, 0, false);

  private Workloads() {}

  /** Returns the workload that a row is about. */
  public static Workload of(Case row) {
    return switch (row.workload()) {
      case "W1" -> new Stores(Durability.SYNC);
      case "W2" -> new Lifecycle();
      case "W3" -> new Stores(Durability.BUFFERED);
      case "W4" -> new Scan();
      case "W5" -> new Loads();
      case "W6" -> new RealLife();
      default -> throw new IllegalArgumentException("no workload " + row.workload());
    };
  }

  /** A few rows that say most; no figure of them needs a privilege. */
  public static List<List<Case>> shortTable(long entries) {
    return List.of(
        List.of(HARNESS),
        List.of(new Case("W2", MESSAGE, 64, 0, false)),
        List.of(new Case("W4", MESSAGE, 0, entries, false)));
  }

  /** W1 over the number of messages in flight. */
  public static List<List<Case>> inFlight(List<Integer> numbers) {
    return numbers.stream()
        .map(number -> List.of(new Case("W1", MESSAGE, number, 0, false)))
        .toList();
  }

  /**
   * The rows that are measured on one store that holds {@code backlog} messages, in this order: the
   * scan counts them, and each of the others leaves some behind.
   */
  public static List<Case> growth(int size, long backlog) {
    return List.of(
        new Case("W4", size, 0, backlog, false),
        new Case("W2", size, 64, backlog, false),
        new Case("W1", size, 64, backlog, false));
  }

  /**
   * All rows of the full table; {@code entries} are in the store for W4 and W5. Rows that only read
   * are measured on one store, the cold one last.
   */
  public static List<List<Case>> table(long entries) {
    List<List<Case>> series = new ArrayList<>();
    for (int size : new int[] {MESSAGE, LARGE_MESSAGE}) {
      for (int inFlight : new int[] {1, 16, 64, 256}) {
        series.add(List.of(new Case("W1", size, inFlight, 0, false)));
      }
    }
    series.add(List.of(new Case("W2", MESSAGE, 64, 0, false)));
    series.add(List.of(new Case("W3", MESSAGE, 16, 0, false)));
    series.add(List.of(new Case("W3", MESSAGE, 1024, 0, false)));
    series.add(
        List.of(
            new Case("W4", MESSAGE, 0, entries, false),
            new Case("W5", MESSAGE, 16, entries, false),
            new Case("W4", MESSAGE, 0, entries, true)));
    series.add(List.of(new Case("W6", 0, 64, 0, false)));
    return List.copyOf(series);
  }
}
