package dev.spool.bench.run;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.Engines;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Workload;
import dev.spool.bench.workload.Workloads;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;

/** The main class of the JVM that a row runs in: carries out an order, and writes the figures. */
final class RowProcess {
  private RowProcess() {}

  /** Takes the arguments that {@link Order#arguments} made. */
  public static void main(String[] arguments) {
    Starter.endWithIt();
    int status = 1;
    try {
      carryOut(arguments);
      status = 0;
    } catch (Throwable e) {
      e.printStackTrace(System.err);
    } finally {
      // A peer may have left threads that are no daemons, above all where it failed.
      System.exit(status);
    }
  }

  private static void carryOut(String[] arguments) throws Exception {
    Order order = Order.of(arguments);
    Case row = order.row();
    Workload workload = Workloads.of(row);
    EngineType type = Engines.named(order.engine());
    Place place =
        new Place(order.directory(), workload.retainedBytes(row), workload.retainedEntries(row));
    Map<String, Double> figures = new LinkedHashMap<>();
    if (order.prepare()) {
      workload.prepare(row, type, place);
    } else {
      workload
          .measure(row, type, place, order.pace())
          .forEach((figure, value) -> figures.put(figure.name(), value));
    }
    Files.writeString(order.figures(), JSON.std.asString(figures));
  }
}
