package dev.spool.bench.report;

import dev.spool.bench.engine.Engines;
import dev.spool.bench.result.EngineFacts;
import dev.spool.bench.result.Results;
import dev.spool.bench.result.SoakResults;
import dev.spool.bench.result.Spread;
import dev.spool.bench.result.Table;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import dev.spool.bench.workload.Timeline;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The performance page, in Markdown: nothing in it but what the results say. */
final class Page {
  private static final String OWN = "spool-";
  private static final double MIB = 1048576;

  /** What makes Markdown of words, and ends the cell of a table. */
  private static final Pattern MARKS = Pattern.compile("[\\\\`*_|<\\[]");

  private final StringBuilder text = new StringBuilder();
  private final String command;
  private final String plots;
  private final Sources sources;
  private final Charts charts;

  /**
   * Prepares a page.
   *
   * @param command that makes it
   * @param plots the directory of the plots, relative to the page
   */
  Page(String command, String plots, Sources sources, Charts charts) {
    this.command = command;
    this.plots = plots;
    this.sources = sources;
    this.charts = charts;
  }

  String text() {
    head();
    engines();
    table();
    inFlight();
    growth();
    soaks();
    micro();
    meanings();
    return text.toString();
  }

  private void head() {
    paragraph("# Performance");
    paragraph(
        "Made by `%s` of the results that are kept in the repository; no figure is typed by hand."
            .formatted(command));
    paragraph(
        "A figure means something only beside another one of the same table, which was measured on"
            + " the same machine in the same minutes: ratios count. Figures are medians of the"
            + " repetitions; ± is half the distance between the least and the greatest messages a"
            + " second. What the workloads are, and how to read ratios:"
            + " [bench/README.md](../bench/README.md).");
  }

  private void engines() {
    Map<String, EngineFacts> all = new LinkedHashMap<>();
    // A table measures the most workloads, so it knows best what an engine has no means for.
    sources.ofKind("table").forEach(each -> each.results().described().forEach(all::putIfAbsent));
    sources.results().forEach(results -> results.described().forEach(all::putIfAbsent));
    if (all.isEmpty()) {
      return;
    }
    paragraph("## Engines");
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("engine", "version", "configuration", "has no means for"));
    all.forEach(
        (name, engine) ->
            lines.add(
                List.of(
                    name,
                    engine.version(),
                    engine.configuration(),
                    String.join(", ", engine.cannot()))));
    markdown(lines, lines.get(0).size());
  }

  private void table() {
    for (Section<Results> section : sources.ofKind("table")) {
      Results results = section.results();
      title("Workloads", section);
      facts(results.facts());
      overview(results);
      for (String engine : results.described().keySet()) {
        if (engine.startsWith(OWN)) {
          paragraph("### %s beside each other engine".formatted(plain(engine)));
          paragraph("Messages a second, as a multiple of the other's: above 1 it is faster.");
          peers(results, engine);
        }
      }
      harness(results);
      plot(section, "latency", "Latency percentiles");
      results.rows().forEach(row -> row(results, row));
    }
  }

  private void overview(Results results) {
    paragraph("### Messages a second");
    List<String> engines = new ArrayList<>(results.described().keySet());
    engines.remove(Engines.NOOP);
    List<List<String>> lines = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of(""));
    head.addAll(engines);
    lines.add(head);
    for (Case row : results.rows()) {
      List<String> line = new ArrayList<>(List.of(row.label()));
      for (String engine : engines) {
        Spread rate = results.spread(row, engine, Figure.MESSAGES_PER_SECOND);
        line.add(rate.isEmpty() ? "-" : Table.number(rate.median()));
      }
      lines.add(line);
    }
    markdown(lines, 1);
  }

  private void title(String words, Section<?> section) {
    paragraph("## " + words + plain(section.mark()));
  }

  private void row(Results results, Case row) {
    paragraph("### " + row.label());
    List<List<String>> lines = new ArrayList<>(new Table(results).lines(row));
    lines.removeIf(line -> line.get(0).equals(Engines.NOOP));
    markdown(lines, 1);
    Set<String> measured = results.engines(row);
    results
        .described()
        .forEach(
            (engine, facts) -> {
              if (!measured.contains(engine) && facts.cannot().contains(row.workload())) {
                paragraph(plain(engine) + " has no means for it.");
              }
            });
    if (row.workload().equals("W2")) {
      measured.stream()
          .filter(engine -> !engine.equals(Engines.NOOP))
          .filter(engine -> hasNot(results, row, engine, Figure.LOAD_P99))
          .forEach(
              engine ->
                  paragraph(
                      plain(engine)
                          + " cannot load a message by its id: its figures are without the loads."));
    }
    results.samples().stream()
        .filter(sample -> sample.row().equals(row) && sample.failure() != null)
        .forEach(
            sample ->
                paragraph(
                    "%s failed in repetition %d: %s"
                        .formatted(
                            plain(sample.engine()),
                            sample.repetition(),
                            code(String.valueOf(sample.failure())))));
  }

  /** Whether an engine was measured, but not in that. */
  private static boolean hasNot(Results results, Case row, String engine, Figure figure) {
    return !results.spread(row, engine, Figure.MESSAGES_PER_SECOND).isEmpty()
        && results.spread(row, engine, figure).isEmpty();
  }

  private void peers(Results results, String own) {
    List<String> others = new ArrayList<>(results.described().keySet());
    others.removeIf(engine -> engine.equals(own) || engine.equals(Engines.NOOP));
    List<List<String>> lines = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of(""));
    head.addAll(others);
    lines.add(head);
    for (Case row : results.rows()) {
      Spread ours = results.spread(row, own, Figure.MESSAGES_PER_SECOND);
      List<String> line = new ArrayList<>(List.of(row.label()));
      for (String other : others) {
        Spread theirs = results.spread(row, other, Figure.MESSAGES_PER_SECOND);
        boolean both = !ours.isEmpty() && !theirs.isEmpty();
        line.add(both ? Table.ratio(ours.median() / theirs.median()) : "-");
      }
      lines.add(line);
    }
    markdown(lines, 1);
  }

  private void harness(Results results) {
    List<List<String>> lines = new ArrayList<>();
    for (Case row : results.rows()) {
      Spread rate = results.spread(row, Engines.NOOP, Figure.MESSAGES_PER_SECOND);
      Spread cpu = results.spread(row, Engines.NOOP, Figure.CPU_PER_MESSAGE);
      if (!rate.isEmpty() && !cpu.isEmpty()) {
        lines.add(List.of(row.label(), Table.number(rate.median()), Table.number(cpu.median())));
      }
    }
    if (!lines.isEmpty()) {
      paragraph("### What the harness itself costs");
      paragraph("On an engine that stores nothing, and completes at once:");
      lines.add(
          0, List.of("", Figure.MESSAGES_PER_SECOND.column(), Figure.CPU_PER_MESSAGE.column()));
      markdown(lines, 1);
    }
  }

  private void inFlight() {
    for (Section<Results> section : sources.ofKind("in-flight")) {
      Results results = section.results();
      title("Over messages in flight", section);
      facts(results.facts());
      paragraph("W1, 4 KiB; messages a second, and the 99th percentile in µs.");
      over(results, Figure.MESSAGES_PER_SECOND);
      over(results, Figure.P99);
      plot(section, "in-flight-throughput", "Throughput over messages in flight");
      plot(section, "in-flight-latency", "Latency over messages in flight");
    }
  }

  private void over(Results results, Figure figure) {
    Set<String> engines = new LinkedHashSet<>();
    results.rows().forEach(row -> engines.addAll(results.engines(row)));
    List<List<String>> lines = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of(figure.column()));
    results.rows().forEach(row -> head.add(Integer.toString(row.inFlight())));
    lines.add(head);
    for (String engine : engines) {
      List<String> line = new ArrayList<>(List.of(engine));
      for (Case row : results.rows()) {
        Spread spread = results.spread(row, engine, figure);
        line.add(spread.isEmpty() ? "-" : Table.number(spread.median()));
      }
      lines.add(line);
    }
    markdown(lines, 1);
  }

  private void growth() {
    for (Section<Results> section : sources.ofKind("growth")) {
      Results results = section.results();
      title("Growth", section);
      facts(results.facts());
      results.rows().forEach(row -> row(results, row));
      plot(section, "growth-memory", "Memory a message");
      plot(section, "growth-open", "Time to reopen");
      plot(section, "growth-throughput", "Throughput on a filled store");
    }
  }

  private void soaks() {
    for (Section<SoakResults> section : sources.soakSections()) {
      SoakResults results = section.results();
      title("Soak", section);
      facts(results.facts());
      paragraph(
          "Messages arrive at a fixed rate; latencies in µs count from when a message was to"
              + " arrive. Memory is that at the end.");
      List<List<String>> lines = new ArrayList<>();
      lines.add(
          List.of(
              "",
              "capacity/s",
              "arrive/s",
              "p50",
              "p99",
              "p99.9",
              "max",
              "longest gap s",
              "stalls",
              "RSS MiB",
              "heap MiB",
              "grows"));
      results.soaks().forEach((engine, soak) -> lines.add(line(engine, soak)));
      markdown(lines, 1);
      plot(section, "soak-latency", "Latency over time");
      plot(section, "soak-memory", "Memory over time");
    }
  }

  private static List<String> line(String engine, SoakResults.Soak soak) {
    Timeline seen = soak.timeline();
    Timeline.Interval last = seen.intervals().get(seen.intervals().size() - 1);
    String grows = seen.heapGrows() ? "heap" : seen.residentGrows() ? "RSS" : "no";
    return List.of(
        engine,
        Table.number(soak.capacity()),
        Table.number(soak.rate()),
        Table.number(seen.p50()),
        Table.number(seen.p99()),
        Table.number(seen.p999()),
        Table.number(seen.max()),
        String.format(Locale.ROOT, "%.3f", seen.longestGap()),
        Integer.toString(seen.stalls().size()),
        Table.number(last.residentBytes() / MIB),
        Table.number(last.heapBytes() / MIB),
        grows);
  }

  private void micro() {
    for (Micro micro : sources.micro()) {
      paragraph("## Small things");
      paragraph("`bench/micro`, JMH %s on %s.".formatted(micro.jmh(), micro.jvm()));
      List<List<String>> lines = new ArrayList<>();
      lines.add(List.of("benchmark", "score", "±", "unit", "B/op"));
      for (Micro.Line line : micro.lines()) {
        lines.add(
            List.of(
                line.name(),
                Table.number(line.score()),
                known(line.error()),
                line.unit(),
                known(line.bytes())));
      }
      markdown(lines, 1);
    }
  }

  private static String known(double value) {
    return Double.isNaN(value) ? "-" : Table.number(value);
  }

  private void meanings() {
    paragraph("## What the figures are");
    for (Figure figure : Figure.values()) {
      text.append("- %s: %s\n".formatted(figure.column(), figure.meaning()));
    }
  }

  private void facts(Map<String, String> facts) {
    facts.forEach(
        (name, value) -> {
          if (!name.equals("kind")) {
            String shown = name.equals("command") ? code(value) : plain(value);
            text.append("- %s: %s\n".formatted(plain(name), shown));
          }
        });
    text.append('\n');
  }

  private void plot(Section<?> section, String name, String title) {
    if (charts.names().contains(section.plot(name))) {
      paragraph("![%s](%s/%s.svg)".formatted(title, plots, section.plot(name)));
    }
  }

  /** Words as they are: what would be a mark of Markdown in them is none. */
  private static String plain(String words) {
    return MARKS.matcher(words.replaceAll("\\s+", " ")).replaceAll("\\\\$0");
  }

  private static String code(String words) {
    return "`" + words.replaceAll("\\s+", " ").replace('`', '\'') + "`";
  }

  private void paragraph(String words) {
    text.append(words).append("\n\n");
  }

  /** A table; columns of figures are set to the right. */
  private void markdown(List<List<String>> lines, int words) {
    for (int i = 0; i < lines.size(); i++) {
      List<String> cells = lines.get(i).stream().map(Page::plain).toList();
      text.append("| ").append(String.join(" | ", cells)).append(" |\n");
      for (int column = 0; i == 0 && column < lines.get(0).size(); column++) {
        text.append(column < words ? "|---" : "|---:");
      }
      text.append(i == 0 ? "|\n" : "");
    }
    text.append('\n');
  }
}
