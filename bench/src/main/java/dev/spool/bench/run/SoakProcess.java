package dev.spool.bench.run;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.Engines;
import dev.spool.bench.result.SoakResults;
import dev.spool.bench.workload.OpenLoop;
import dev.spool.bench.workload.OpenLoop.Plan;
import dev.spool.bench.workload.Timeline;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The main class of the JVM that a soak runs in. */
final class SoakProcess {
  private SoakProcess() {}

  static List<String> arguments(String engine, Plan plan, Path store, Path timeline) {
    return List.of(
        engine,
        Double.toString(plan.rate()),
        Integer.toString(plan.size()),
        plan.time().toString(),
        plan.interval().toString(),
        plan.stall().toString(),
        store.toString(),
        timeline.toString());
  }

  /** Takes the arguments that {@link #arguments} made. */
  public static void main(String[] arguments) throws Exception {
    Starter.endWithIt();
    Plan plan =
        new Plan(
            Double.parseDouble(arguments[1]),
            Integer.parseInt(arguments[2]),
            Duration.parse(arguments[3]),
            Duration.parse(arguments[4]),
            Duration.parse(arguments[5]));
    long entries = OpenLoop.retainedEntries();
    Place place = new Place(Path.of(arguments[6]), entries * plan.size(), entries);
    Timeline timeline = OpenLoop.run(Engines.named(arguments[0]), place, plan);
    Files.writeString(Path.of(arguments[7]), JSON.std.asString(SoakResults.fields(timeline)));
    // A peer may have left threads that are no daemons.
    System.exit(0);
  }
}
