package dev.spool.bench.workload;

import dev.spool.Durability;
import java.util.ArrayList;
import java.util.List;

/** The workloads, and the rows that they make. */
public final class Workloads {
  private static final int MESSAGE = 4 << 10;
  private static final int LARGE_MESSAGE = 64 << 10;

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

  /** All rows of the full table; {@code entries} are in the store for W4 and W5. */
  public static List<Case> table(long entries) {
    List<Case> rows = new ArrayList<>();
    for (int size : new int[] {MESSAGE, LARGE_MESSAGE}) {
      for (int inFlight : new int[] {1, 16, 64, 256}) {
        rows.add(new Case("W1", size, inFlight, 0, false));
      }
    }
    rows.add(new Case("W2", MESSAGE, 64, 0, false));
    rows.add(new Case("W3", MESSAGE, 16, 0, false));
    rows.add(new Case("W3", MESSAGE, 1024, 0, false));
    rows.add(new Case("W4", MESSAGE, 0, entries, false));
    rows.add(new Case("W4", MESSAGE, 0, entries, true));
    rows.add(new Case("W5", MESSAGE, 16, entries, false));
    rows.add(new Case("W6", 0, 64, 0, false));
    return List.copyOf(rows);
  }
}
