package dev.spool.bench.run;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/** All samples of a run, and what they were measured on; kept as JSON, and as CSV for others. */
final class Results {
  static final String JSON_FILE = "results.json";
  static final String CSV_FILE = "results.csv";

  private final Map<String, String> facts;
  private final List<Sample> samples = new ArrayList<>();

  /**
   * Makes an empty set of results.
   *
   * @param facts the machine, the versions and the command, by name
   */
  Results(Map<String, String> facts) {
    this.facts = new LinkedHashMap<>(facts);
  }

  void add(Sample sample) {
    samples.add(sample);
  }

  Map<String, String> facts() {
    return Collections.unmodifiableMap(facts);
  }

  List<Sample> samples() {
    return Collections.unmodifiableList(samples);
  }

  /** The rows, in the order in which they were first measured. */
  Set<Case> rows() {
    Set<Case> rows = new LinkedHashSet<>();
    samples.forEach(sample -> rows.add(sample.row()));
    return rows;
  }

  /** The engines of a row, in the order in which they were first measured. */
  Set<String> engines(Case row) {
    Set<String> engines = new LinkedHashSet<>();
    samples.stream()
        .filter(sample -> sample.row().equals(row))
        .forEach(sample -> engines.add(sample.engine()));
    return engines;
  }

  /** What the repetitions of a row measured on an engine; empty if none has that figure. */
  Spread spread(Case row, String engine, Figure figure) {
    return Spread.of(
        samples.stream()
            .filter(sample -> sample.row().equals(row) && sample.engine().equals(engine))
            .map(sample -> sample.figures().get(figure))
            .filter(value -> value != null)
            .mapToDouble(Double::doubleValue)
            .toArray());
  }

  void save(Path directory) throws IOException {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Sample sample : samples) {
      rows.add(fields(sample));
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("facts", facts);
    all.put("samples", rows);
    Files.writeString(
        directory.resolve(JSON_FILE),
        JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(all) + "\n");
    Files.writeString(directory.resolve(CSV_FILE), csv());
  }

  private static Map<String, Object> fields(Sample sample) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("engine", sample.engine());
    fields.put("workload", sample.row().workload());
    fields.put("size", sample.row().size());
    fields.put("inFlight", sample.row().inFlight());
    fields.put("entries", sample.row().entries());
    fields.put("cold", sample.row().cold());
    fields.put("repetition", sample.repetition());
    if (sample.failure() != null) {
      fields.put("failure", sample.failure());
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    sample.figures().forEach((figure, value) -> figures.put(figure.name(), value));
    fields.put("figures", figures);
    return fields;
  }

  private String csv() {
    StringBuilder csv = new StringBuilder("engine,workload,size,inFlight,entries,cold,repetition");
    for (Figure figure : Figure.values()) {
      csv.append(',').append(figure.name().toLowerCase(Locale.ROOT));
    }
    csv.append('\n');
    for (Sample sample : samples) {
      Case row = sample.row();
      StringJoiner line = new StringJoiner(",", "", "\n");
      line.add(sample.engine()).add(row.workload()).add(Integer.toString(row.size()));
      line.add(Integer.toString(row.inFlight())).add(Long.toString(row.entries()));
      line.add(Boolean.toString(row.cold())).add(Integer.toString(sample.repetition()));
      for (Figure figure : Figure.values()) {
        Double value = sample.figures().get(figure);
        line.add(value == null ? "" : "%.3f".formatted(value));
      }
      csv.append(line);
    }
    return csv.toString();
  }

  /** Reads the results that {@link #save} wrote, from their directory or the JSON file itself. */
  static Results load(Path path) throws IOException {
    Path file = Files.isDirectory(path) ? path.resolve(JSON_FILE) : path;
    Map<String, Object> all = JSON.std.mapFrom(Files.readString(file));
    Map<String, String> facts = new LinkedHashMap<>();
    map(field(all, "facts")).forEach((name, value) -> facts.put(name, String.valueOf(value)));
    Results results = new Results(facts);
    for (Object sample : (List<?>) field(all, "samples")) {
      results.add(sample(map(sample)));
    }
    return results;
  }

  private static Object field(Map<String, Object> fields, String name) {
    Object value = fields.get(name);
    if (value == null) {
      throw new IllegalArgumentException("these are no results: there is no field " + name);
    }
    return value;
  }

  @SuppressWarnings("unchecked") // the names of a JSON object are strings
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static Sample sample(Map<String, Object> fields) {
    Case row =
        new Case(
            (String) field(fields, "workload"),
            ((Number) field(fields, "size")).intValue(),
            ((Number) field(fields, "inFlight")).intValue(),
            ((Number) field(fields, "entries")).longValue(),
            (Boolean) field(fields, "cold"));
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    map(field(fields, "figures"))
        .forEach(
            (name, value) -> figures.put(Figure.valueOf(name), ((Number) value).doubleValue()));
    return new Sample(
        (String) field(fields, "engine"),
        row,
        ((Number) field(fields, "repetition")).intValue(),
        figures,
        (String) fields.get("failure"));
  }
}
