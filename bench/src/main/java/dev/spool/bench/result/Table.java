package dev.spool.bench.result;

import dev.spool.bench.engine.Engines;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Results as text: a block for each row, a line for each engine, medians of the repetitions. */
public final class Table {
  private static final String RATIO = "× limit";
  private static final String SPREAD = "±";

  private final Results results;

  /** Makes the table of results. */
  public Table(Results results) {
    this.results = results;
  }

  /** Prints all rows. */
  public void print(PrintStream out) {
    for (Case row : results.rows()) {
      print(row, out);
    }
  }

  private void print(Case row, PrintStream out) {
    out.println();
    out.println(row.label());
    print(lines(row), 1, out);
    for (Sample sample : results.samples()) {
      if (sample.row().equals(row) && sample.failure() != null) {
        out.println("  " + sample.engine() + " failed: " + sample.failure());
      }
    }
  }

  /**
   * Prints cells under one another.
   *
   * @param words how many columns are words; the others are figures
   */
  public static void print(List<List<String>> lines, int words, PrintStream out) {
    List<Integer> widths = new ArrayList<>();
    for (int column = 0; column < lines.get(0).size(); column++) {
      int at = column;
      widths.add(lines.stream().mapToInt(line -> line.get(at).length()).max().orElse(0));
    }
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < line.size(); column++) {
        String cell = line.get(column);
        String space = " ".repeat(widths.get(column) - cell.length());
        text.append("  ").append(column < words ? cell + space : space + cell);
      }
      out.println(text.toString().stripTrailing());
    }
  }

  /** The head, and a line for each engine; columns that no engine has are left out. */
  public List<List<String>> lines(Case row) {
    Set<String> engines = results.engines(row);
    List<Figure> figures = new ArrayList<>();
    for (Figure figure : Figure.values()) {
      if (engines.stream().anyMatch(engine -> !results.spread(row, engine, figure).isEmpty())) {
        figures.add(figure);
      }
    }
    List<List<String>> lines = new ArrayList<>();
    lines.add(head(figures));
    engines.forEach(engine -> lines.add(line(row, engine, figures)));
    return lines;
  }

  private static List<String> head(List<Figure> figures) {
    List<String> head = new ArrayList<>(List.of("", RATIO, SPREAD));
    figures.forEach(figure -> head.add(figure.column()));
    return head;
  }

  private List<String> line(Case row, String engine, List<Figure> figures) {
    List<String> line = new ArrayList<>(List.of(engine, ratio(row, engine), spread(row, engine)));
    for (Figure figure : figures) {
      Spread spread = results.spread(row, engine, figure);
      line.add(spread.isEmpty() ? "-" : number(spread.median()));
    }
    return line;
  }

  private String ratio(Case row, String engine) {
    Spread limit = results.spread(row, Engines.LIMIT, Figure.MESSAGES_PER_SECOND);
    Spread own = results.spread(row, engine, Figure.MESSAGES_PER_SECOND);
    return limit.isEmpty() || own.isEmpty() ? "-" : ratio(own.median() / limit.median());
  }

  /** How far the repetitions of messages a second lie apart, to either side of their middle. */
  private String spread(Case row, String engine) {
    Spread spread = results.spread(row, engine, Figure.MESSAGES_PER_SECOND);
    return spread.count() < 2 ? "-" : String.format(Locale.ROOT, "%.0f %%", spread.noise() * 50);
  }

  /** A ratio, as it stands in tables. */
  public static String ratio(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.0f", value);
  }

  /** Three digits that count, and no more; all that there are before the point. */
  public static String number(double value) {
    if (value >= 1000) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
  }
}
