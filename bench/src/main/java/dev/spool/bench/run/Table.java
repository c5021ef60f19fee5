package dev.spool.bench.run;

import dev.spool.bench.engine.Engines;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Results as text: a block for each row, a line for each engine, medians of the repetitions. */
final class Table {
  private static final String RATIO = "× limit";

  private final Results results;

  Table(Results results) {
    this.results = results;
  }

  void print(PrintStream out) {
    for (Case row : results.rows()) {
      print(row, out);
    }
  }

  private void print(Case row, PrintStream out) {
    List<List<String>> lines = lines(row);
    List<Integer> widths = new ArrayList<>();
    for (int column = 0; column < lines.get(0).size(); column++) {
      int at = column;
      widths.add(lines.stream().mapToInt(line -> line.get(at).length()).max().orElse(0));
    }
    out.println();
    out.println(row.label());
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < line.size(); column++) {
        String cell = line.get(column);
        String space = " ".repeat(widths.get(column) - cell.length());
        text.append("  ").append(column == 0 ? cell + space : space + cell);
      }
      out.println(text.toString().stripTrailing());
    }
    for (Sample sample : results.samples()) {
      if (sample.row().equals(row) && sample.failure() != null) {
        out.println("  " + sample.engine() + " failed: " + sample.failure());
      }
    }
  }

  /** The head, and a line for each engine; columns that no engine has are left out. */
  List<List<String>> lines(Case row) {
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
    List<String> head = new ArrayList<>(List.of("", RATIO));
    figures.forEach(figure -> head.add(figure.column()));
    return head;
  }

  private List<String> line(Case row, String engine, List<Figure> figures) {
    List<String> line = new ArrayList<>(List.of(engine, ratio(row, engine)));
    for (Figure figure : figures) {
      Spread spread = results.spread(row, engine, figure);
      line.add(spread.isEmpty() ? "-" : number(spread.median()));
    }
    return line;
  }

  private String ratio(Case row, String engine) {
    Spread limit = results.spread(row, Engines.LIMIT, Figure.MESSAGES_PER_SECOND);
    Spread own = results.spread(row, engine, Figure.MESSAGES_PER_SECOND);
    return limit.isEmpty() || own.isEmpty() ? "-" : "%.3f".formatted(own.median() / limit.median());
  }

  /** Three digits that count, and no more. */
  static String number(double value) {
    if (value >= 1000) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
  }
}
