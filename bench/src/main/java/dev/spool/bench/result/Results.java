package dev.spool.bench.result;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;

/** All samples of a run, and what they were measured on; kept as JSON, and as CSV for others. */
public final class Results {
  /** The file that is read again. */
  public static final String JSON_FILE = "results.json";

  static final String CSV_FILE = "results.csv";

  private final Map<String, String> facts;
  private final Map<String, EngineFacts> engines = new LinkedHashMap<>();
  private final List<Sample> samples = new ArrayList<>();

  /**
   * Makes an empty set of results.
   *
   * @param facts the machine, the versions and the command, by name
   */
  public Results(Map<String, String> facts) {
    this.facts = new LinkedHashMap<>(facts);
  }

  /** Says what an engine is. */
  public void describe(String engine, EngineFacts description) {
    engines.put(engine, description);
  }

  /** What is known of each engine that was asked to run, by name, in the order of the table. */
  public Map<String, EngineFacts> described() {
    return Collections.unmodifiableMap(engines);
  }

  /** Keeps a sample, instead of an earlier one of that name. */
  public void add(Sample sample) {
    samples.removeIf(
        earlier ->
            earlier.engine().equals(sample.engine())
                && earlier.row().equals(sample.row())
                && earlier.repetition() == sample.repetition());
    samples.add(sample);
  }

  /** Whether there are figures of a row already. */
  public boolean has(String engine, Case row, int repetition) {
    return samples.stream()
        .anyMatch(
            sample ->
                sample.engine().equals(engine)
                    && sample.row().equals(row)
                    && sample.repetition() == repetition
                    && sample.failure() == null);
  }

  /** The machine, the versions and the command, by name. */
  public Map<String, String> facts() {
    return Collections.unmodifiableMap(facts);
  }

  /** All samples, in the order in which they were measured. */
  public List<Sample> samples() {
    return Collections.unmodifiableList(samples);
  }

  /** The rows, in the order in which they were first measured. */
  public Set<Case> rows() {
    Set<Case> rows = new LinkedHashSet<>();
    samples.forEach(sample -> rows.add(sample.row()));
    return rows;
  }

  /** The engines of a row, in the order of the table. */
  public Set<String> engines(Case row) {
    Set<String> measured = new LinkedHashSet<>();
    samples.stream()
        .filter(sample -> sample.row().equals(row))
        .forEach(sample -> measured.add(sample.engine()));
    Set<String> ordered = new LinkedHashSet<>(engines.keySet());
    ordered.retainAll(measured);
    ordered.addAll(measured);
    return ordered;
  }

  /** What the repetitions of a row measured on an engine; empty if none has that figure. */
  public Spread spread(Case row, String engine, Figure figure) {
    return Spread.of(
        samples.stream()
            .filter(sample -> sample.row().equals(row) && sample.engine().equals(engine))
            .map(sample -> sample.figures().get(figure))
            .filter(value -> value != null)
            .mapToDouble(Double::doubleValue)
            .toArray());
  }

  /**
   * The figures of one sample for each repetition of a row, in their order; absent where it failed.
   */
  public Map<Integer, Double> byRepetition(Case row, String engine, Figure figure) {
    Map<Integer, Double> values = new TreeMap<>();
    for (Sample sample : samples) {
      Double value = sample.figures().get(figure);
      if (value != null && sample.row().equals(row) && sample.engine().equals(engine)) {
        values.put(sample.repetition(), value);
      }
    }
    return values;
  }

  /** Writes both files; whoever reads them meanwhile sees the old ones or the new ones, whole. */
  public void save(Path directory) throws IOException {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Sample sample : samples) {
      rows.add(fields(sample));
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("facts", facts);
    Map<String, Object> descriptions = new LinkedHashMap<>();
    engines.forEach((name, description) -> descriptions.put(name, fields(description)));
    all.put("engines", descriptions);
    all.put("samples", rows);
    write(directory.resolve(JSON_FILE), json(all));
    write(directory.resolve(CSV_FILE), csv());
  }

  /** As it is kept: a line for each sample, so that a difference of two files can be read. */
  private static String json(Map<String, Object> all) throws IOException {
    StringJoiner samples = new StringJoiner(",\n    ", "[\n    ", "\n  ]");
    for (Object sample : (List<?>) Objects.requireNonNull(all.get("samples"))) {
      samples.add(JSON.std.asString(sample));
    }
    return "{\n  \"facts\" : %s,\n  \"engines\" : %s,\n  \"samples\" : %s\n}\n"
        .formatted(
            JSON.std.asString(all.get("facts")), JSON.std.asString(all.get("engines")), samples);
  }

  private static void write(Path file, String text) throws IOException {
    Path written = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(written, text);
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Map<String, Object> fields(EngineFacts engine) {
    return Map.of(
        "configuration", engine.configuration(),
        "version", engine.version(),
        "cannot", engine.cannot());
  }

  private static EngineFacts engine(Map<String, Object> fields) {
    List<String> cannot = new ArrayList<>();
    ((List<?>) Json.field(fields, "cannot")).forEach(workload -> cannot.add((String) workload));
    return new EngineFacts(
        (String) Json.field(fields, "configuration"),
        (String) Json.field(fields, "version"),
        cannot);
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
    sample.figures().forEach((figure, value) -> figures.put(figure.name(), rounded(value)));
    fields.put("figures", figures);
    return fields;
  }

  /** Six digits that count: more is noise, and makes large files. */
  private static double rounded(double value) {
    return new BigDecimal(value).round(new MathContext(6)).doubleValue();
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
        line.add(value == null ? "" : "%s".formatted(rounded(value)));
      }
      csv.append(line);
    }
    return csv.toString();
  }

  /** Reads the results that {@link #save} wrote, from their directory or the JSON file itself. */
  public static Results load(Path path) throws IOException {
    Path file = Files.isDirectory(path) ? path.resolve(JSON_FILE) : path;
    Map<String, Object> all = JSON.std.mapFrom(Files.readString(file));
    Map<String, String> facts = new LinkedHashMap<>();
    Json.map(Json.field(all, "facts"))
        .forEach((name, value) -> facts.put(name, String.valueOf(value)));
    Results results = new Results(facts);
    Json.map(Json.field(all, "engines"))
        .forEach((name, engine) -> results.describe(name, engine(Json.map(engine))));
    for (Object sample : (List<?>) Json.field(all, "samples")) {
      results.add(sample(Json.map(sample)));
    }
    return results;
  }

  private static Sample sample(Map<String, Object> fields) {
    Case row =
        new Case(
            (String) Json.field(fields, "workload"),
            ((Number) Json.field(fields, "size")).intValue(),
            ((Number) Json.field(fields, "inFlight")).intValue(),
            ((Number) Json.field(fields, "entries")).longValue(),
            (Boolean) Json.field(fields, "cold"));
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    Json.map(Json.field(fields, "figures"))
        .forEach(
            (name, value) -> figures.put(Figure.valueOf(name), ((Number) value).doubleValue()));
    return new Sample(
        (String) Json.field(fields, "engine"),
        row,
        ((Number) Json.field(fields, "repetition")).intValue(),
        figures,
        (String) fields.get("failure"));
  }
}
