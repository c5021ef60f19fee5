package dev.spool.bench.result;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.bench.workload.Timeline;
import dev.spool.bench.workload.Timeline.Interval;
import dev.spool.bench.workload.Timeline.Stall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What soaks showed, by engine; kept as JSON. */
public final class SoakResults {
  /** The name of the file. */
  public static final String JSON_FILE = "soak.json";

  private final Map<String, String> facts;
  private final Map<String, Soak> soaks = new LinkedHashMap<>();

  /**
   * One engine's.
   *
   * @param capacity messages a second that it did when it was given as many as it took
   * @param rate messages a second that arrived
   */
  public record Soak(double capacity, double rate, Timeline timeline) {}

  /** Makes an empty one, with what it depends on. */
  public SoakResults(Map<String, String> facts) {
    this.facts = new LinkedHashMap<>(facts);
  }

  /** Keeps an engine's. */
  public void put(String engine, Soak soak) {
    soaks.put(engine, soak);
  }

  /** All, by engine. */
  public Map<String, Soak> soaks() {
    return Collections.unmodifiableMap(soaks);
  }

  /** The machine, the versions and the command, by name. */
  public Map<String, String> facts() {
    return Collections.unmodifiableMap(facts);
  }

  /** Writes the file. */
  public void save(Path directory) throws IOException {
    Map<String, Object> engines = new LinkedHashMap<>();
    soaks.forEach(
        (engine, soak) -> {
          Map<String, Object> fields = new LinkedHashMap<>();
          fields.put("capacity", soak.capacity);
          fields.put("rate", soak.rate);
          fields.put("timeline", fields(soak.timeline));
          engines.put(engine, fields);
        });
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("facts", facts);
    all.put("soaks", engines);
    Files.writeString(directory.resolve(JSON_FILE), JSON.std.asString(all) + "\n");
  }

  /** A timeline, as it stands in the file. */
  public static Map<String, Object> fields(Timeline timeline) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("p50", timeline.p50());
    fields.put("p99", timeline.p99());
    fields.put("p999", timeline.p999());
    fields.put("max", timeline.max());
    fields.put("longestGap", timeline.longestGap());
    List<Object> stalls = new ArrayList<>();
    timeline.stalls().forEach(stall -> stalls.add(List.of(stall.at(), stall.seconds())));
    fields.put("stalls", stalls);
    List<Object> intervals = new ArrayList<>();
    timeline.intervals().forEach(interval -> intervals.add(values(interval)));
    fields.put("intervals", intervals);
    return fields;
  }

  private static List<Object> values(Interval interval) {
    return List.of(
        interval.seconds(),
        interval.done(),
        interval.p50(),
        interval.p99(),
        interval.max(),
        interval.underWay(),
        interval.residentBytes(),
        interval.heapBytes());
  }

  /** Reads a timeline that {@link #fields} set out. */
  public static Timeline timeline(Map<String, Object> fields) {
    List<Interval> intervals = new ArrayList<>();
    for (Object of : (List<?>) Json.field(fields, "intervals")) {
      List<?> value = (List<?>) of;
      intervals.add(
          new Interval(
              number(value.get(0)),
              (long) number(value.get(1)),
              number(value.get(2)),
              number(value.get(3)),
              number(value.get(4)),
              (long) number(value.get(5)),
              (long) number(value.get(6)),
              (long) number(value.get(7))));
    }
    List<Stall> stalls = new ArrayList<>();
    for (Object of : (List<?>) Json.field(fields, "stalls")) {
      stalls.add(new Stall(number(((List<?>) of).get(0)), number(((List<?>) of).get(1))));
    }
    return new Timeline(
        intervals,
        number(Json.field(fields, "p50")),
        number(Json.field(fields, "p99")),
        number(Json.field(fields, "p999")),
        number(Json.field(fields, "max")),
        number(Json.field(fields, "longestGap")),
        stalls);
  }

  private static double number(Object value) {
    return ((Number) value).doubleValue();
  }

  /** Reads the file that {@link #save} wrote. */
  public static SoakResults load(Path file) throws IOException {
    Map<String, Object> all = JSON.std.mapFrom(Files.readString(file));
    Map<String, String> facts = new LinkedHashMap<>();
    Json.map(Json.field(all, "facts"))
        .forEach((name, value) -> facts.put(name, String.valueOf(value)));
    SoakResults results = new SoakResults(facts);
    Json.map(Json.field(all, "soaks"))
        .forEach(
            (engine, value) -> {
              Map<String, Object> fields = Json.map(value);
              results.put(
                  engine,
                  new Soak(
                      number(Json.field(fields, "capacity")),
                      number(Json.field(fields, "rate")),
                      timeline(Json.map(Json.field(fields, "timeline")))));
            });
    return results;
  }
}
