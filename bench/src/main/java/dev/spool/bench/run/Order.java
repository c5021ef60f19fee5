package dev.spool.bench.run;

import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Pace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a process is to do: one half of one row, in a form that fits its command line.
 *
 * @param prepare whether to fill the store, rather than to measure it
 * @param engine the name of the engine type
 * @param row the workload and its parameters
 * @param pace how long to measure
 * @param directory the store's own
 * @param figures the file that the figures go to
 */
record Order(boolean prepare, String engine, Case row, Pace pace, Path directory, Path figures) {

  List<String> arguments() {
    return List.of(
        prepare ? "prepare" : "measure",
        engine,
        row.workload(),
        Integer.toString(row.size()),
        Integer.toString(row.inFlight()),
        Long.toString(row.entries()),
        Boolean.toString(row.cold()),
        pace.warmUp().toString(),
        pace.measured().toString(),
        directory.toString(),
        figures.toString());
  }

  static Order of(String[] arguments) {
    return new Order(
        arguments[0].equals("prepare"),
        arguments[1],
        new Case(
            arguments[2],
            Integer.parseInt(arguments[3]),
            Integer.parseInt(arguments[4]),
            Long.parseLong(arguments[5]),
            Boolean.parseBoolean(arguments[6])),
        new Pace(Duration.parse(arguments[7]), Duration.parse(arguments[8])),
        Path.of(arguments[9]),
        Path.of(arguments[10]));
  }
}
