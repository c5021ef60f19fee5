package dev.spool.bench.report;

import de.erichseifert.vectorgraphics2d.Processors;
import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import dev.spool.bench.engine.Engines;
import dev.spool.bench.result.Results;
import dev.spool.bench.result.SoakResults;
import dev.spool.bench.result.Spread;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import dev.spool.bench.workload.Timeline.Interval;
import dev.spool.bench.workload.Workloads;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots of a report, by the name of their file. */
final class Charts {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 500;
  private static final double MIB = 1048576;

  /** The steps of the latency plot, and their figures. */
  private static final List<Figure> PERCENTILES =
      List.of(Figure.P50, Figure.P99, Figure.P999, Figure.MAX);

  /** More digits than can be seen. */
  private static final Pattern DIGITS = Pattern.compile("(\\d\\.\\d\\d)\\d+");

  /** A name that is another one each time. */
  private static final Pattern CLIP = Pattern.compile("clip-?\\d+");

  private final Map<String, XYChart> charts = new LinkedHashMap<>();

  private Charts() {}

  static Charts of(Sources sources) {
    System.setProperty("java.awt.headless", "true");
    Charts charts = new Charts();
    sources.ofKind("table").forEach(charts::latencies);
    sources.ofKind("in-flight").forEach(charts::overInFlight);
    sources.ofKind("growth").forEach(charts::growth);
    sources.soakSections().forEach(charts::soaks);
    charts.charts.values().removeIf(chart -> chart.getSeriesCollection().isEmpty());
    return charts;
  }

  Set<String> names() {
    return charts.keySet();
  }

  void save(Path directory) throws IOException {
    for (Map.Entry<String, XYChart> chart : charts.entrySet()) {
      VectorGraphics2D drawn = new VectorGraphics2D();
      chart.getValue().paint(drawn, WIDTH, HEIGHT);
      ByteArrayOutputStream svg = new ByteArrayOutputStream();
      Processors.get("svg")
          .getDocument(drawn.getCommands(), new PageSize(0, 0, WIDTH, HEIGHT))
          .writeTo(svg);
      Files.writeString(
          directory.resolve(chart.getKey() + ".svg"), plain(svg.toString(StandardCharsets.UTF_8)));
    }
  }

  /** The same picture whenever it is drawn, in half the bytes. */
  private static String plain(String svg) {
    Map<String, String> clips = new LinkedHashMap<>();
    String named =
        CLIP.matcher(svg)
            .replaceAll(
                (MatchResult clip) ->
                    clips.computeIfAbsent(clip.group(), name -> "clip" + clips.size()));
    return DIGITS.matcher(named).replaceAll("$1").replaceAll("\\n\\s+", "\n");
  }

  private XYChart chart(Section<?> of, String name, String title, String x, String y) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title + of.mark())
            .xAxisTitle(x)
            .yAxisTitle(y)
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setYAxisDecimalPattern("#,##0.###");
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    charts.put(of.plot(name), chart);
    return chart;
  }

  /** A series of what is positive, which a logarithmic axis can show. */
  private static void add(XYChart chart, String name, List<double[]> points) {
    List<double[]> shown = points.stream().filter(point -> point[1] > 0).toList();
    if (!shown.isEmpty()) {
      chart.addSeries(
          name,
          shown.stream().mapToDouble(point -> point[0]).toArray(),
          shown.stream().mapToDouble(point -> point[1]).toArray());
    }
  }

  private static void add(
      XYChart chart, Results results, String engine, List<Case> rows, Figure figure, X x) {
    List<double[]> points = new ArrayList<>();
    for (Case row : rows) {
      Spread spread = results.spread(row, engine, figure);
      if (!spread.isEmpty()) {
        points.add(new double[] {x.of(row), spread.median()});
      }
    }
    add(chart, engine, points);
  }

  /** What a row's place on the x axis is. */
  @FunctionalInterface
  private interface X {
    double of(Case row);
  }

  private void latencies(Section<Results> section) {
    Results results = section.results();
    XYChart chart =
        chart(section, "latency", "Latency of " + Workloads.HARNESS.label(), "percentile", "µs");
    chart
        .getStyler()
        .setXAxisTickLabelsFormattingFunction(
            step ->
                step == Math.rint(step) ? List.of("50", "99", "99.9", "max").get(index(step)) : "");
    for (String engine : stores(results, List.of(Workloads.HARNESS))) {
      List<double[]> points = new ArrayList<>();
      for (Figure figure : PERCENTILES) {
        Spread spread = results.spread(Workloads.HARNESS, engine, figure);
        if (!spread.isEmpty()) {
          points.add(new double[] {PERCENTILES.indexOf(figure), spread.median()});
        }
      }
      add(chart, engine, points);
    }
  }

  private static int index(double step) {
    return (int) Math.max(0, Math.min(PERCENTILES.size() - 1, step));
  }

  private static Set<String> stores(Results results, List<Case> rows) {
    Set<String> engines = new LinkedHashSet<>();
    rows.forEach(row -> engines.addAll(results.engines(row)));
    engines.remove(Engines.NOOP);
    return engines;
  }

  private void overInFlight(Section<Results> of) {
    Results results = of.results();
    String x = "messages in flight";
    XYChart rates = chart(of, "in-flight-throughput", "W1, 4 KiB: throughput", x, "msg/s");
    XYChart times = chart(of, "in-flight-latency", "W1, 4 KiB: p99", x, "µs");
    rates.getStyler().setXAxisLogarithmic(true);
    times.getStyler().setXAxisLogarithmic(true);
    List<Case> rows = List.copyOf(results.rows());
    for (String engine : stores(results, rows)) {
      add(rates, results, engine, rows, Figure.MESSAGES_PER_SECOND, Case::inFlight);
      add(times, results, engine, rows, Figure.P99, Case::inFlight);
    }
  }

  private void growth(Section<Results> of) {
    Results results = of.results();
    String x = "messages in the store";
    XYChart memory = chart(of, "growth-memory", "Memory a message", x, "bytes");
    XYChart open = chart(of, "growth-open", "Time to reopen", x, "ms");
    XYChart rate = chart(of, "growth-throughput", "W1 x 64 on a filled store", x, "msg/s");
    List.of(memory, open, rate).forEach(chart -> chart.getStyler().setXAxisLogarithmic(true));
    List<Case> rows = results.rows().stream().filter(row -> row.workload().equals("W1")).toList();
    for (String engine : stores(results, rows)) {
      add(memory, results, engine, rows, Figure.MEMORY_PER_MESSAGE, Case::entries);
      add(open, results, engine, rows, Figure.OPEN_TIME, Case::entries);
      add(rate, results, engine, rows, Figure.MESSAGES_PER_SECOND, Case::entries);
    }
  }

  private void soaks(Section<SoakResults> of) {
    XYChart times = chart(of, "soak-latency", "Soak: p99 of each interval", "seconds", "µs");
    XYChart memory = chart(of, "soak-memory", "Soak: memory resident", "seconds", "MiB");
    memory.getStyler().setYAxisLogarithmic(false);
    of.results()
        .soaks()
        .forEach(
            (engine, soak) -> {
              List<Interval> intervals = soak.timeline().intervals();
              add(times, engine, latencies(intervals));
              add(memory, engine, points(intervals, each -> each.residentBytes() / MIB));
            });
    List.of(times, memory)
        .forEach(
            chart ->
                chart.getSeriesCollection().forEach(each -> each.setMarker(SeriesMarkers.NONE)));
  }

  /**
   * The 99th percentile of each interval. Where nothing was done though something waited, that took
   * as long as the interval at least: without a point there, a stall would be a straight line.
   */
  static List<double[]> latencies(List<Interval> intervals) {
    List<double[]> points = new ArrayList<>();
    double start = 0;
    for (Interval interval : intervals) {
      boolean stalled = interval.done() == 0 && interval.underWay() > 0;
      double y = stalled ? (interval.seconds() - start) * 1e6 : interval.p99();
      points.add(new double[] {interval.seconds(), y});
      start = interval.seconds();
    }
    return points;
  }

  private static List<double[]> points(List<Interval> intervals, ToDoubleFunction<Interval> y) {
    return intervals.stream()
        .map(interval -> new double[] {interval.seconds(), y.applyAsDouble(interval)})
        .toList();
  }
}
