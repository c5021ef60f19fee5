package dev.spool.bench.result;

import dev.spool.bench.engine.Engines;
import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Two results beside one another.
 *
 * <p>A figure is judged only where both have at least three repetitions. Then it is better or worse
 * if all of these hold; all else is noise:
 *
 * <ul>
 *   <li>no repetition of the one lies within the repetitions of the other;
 *   <li>the medians differ by more than 1.5 times the noise, which is the greatest of both spreads
 *       (greatest minus least, of the median) and of the typical spread of that figure in both
 *       results: three values lie close together by chance too often to be believed alone;
 *   <li>they differ by more than 5 %.
 * </ul>
 *
 * <p>Of two times three repetitions of the same thing, with any amount of normally distributed
 * noise, the first rule alone calls 10 % different; all together, 0.3 %.
 *
 * <p>A machine drifts from one run to the next, so figures of time are first taken relative to
 * those that the limit had in the same repetition, if both results have it. Times for which the
 * limit has no measure are judged only where figures are taken as they are.
 *
 * <p>What is no longer measured has no figures to compare, and is the worst of all: {@link
 * #missing}.
 */
public final class Comparison {
  static final int REPETITIONS = 3;
  private static final double SPREADS = 1.5;
  private static final double FLOOR = 0.05;

  /** The greatest of few values says nothing; the others follow from those that are judged. */
  private static final Set<Figure> NEVER_JUDGED =
      EnumSet.of(
          Figure.MEGABYTES_PER_SECOND,
          Figure.P999,
          Figure.MAX,
          Figure.REMOVE_LATE,
          Figure.LAST_ENTRY);

  /** What the speed of the machine changes. */
  private static final Set<Figure> OF_TIME =
      EnumSet.of(
          Figure.MESSAGES_PER_SECOND,
          Figure.MEGABYTES_PER_SECOND,
          Figure.P50,
          Figure.P99,
          Figure.P999,
          Figure.LOAD_P99,
          Figure.REMOVE_P99,
          Figure.CPU_PER_MESSAGE);

  /** What the speed of the machine changes too, but the limit does not do as stores do. */
  private static final Set<Figure> OF_TIME_ALONE = EnumSet.of(Figure.OPEN_TIME, Figure.FIRST_ENTRY);

  private Comparison() {}

  /** What can be said of a difference. */
  public enum Verdict {
    BETTER,
    WORSE,
    /** No more than chance gives. */
    NOISE,
    /** There is too little to say so, or it is never said of that figure. */
    NOT_JUDGED
  }

  /** A row that an engine had figures of, and has no longer in every repetition. */
  public record Missing(Case row, String engine, String reason) {}

  /**
   * One figure of a row, before and after.
   *
   * @param relative whether the spreads are parts of the limit's figure
   * @param judged whether the figure is one that says something
   * @param typicalNoise the spread that this figure usually has
   */
  public record Line(
      Case row,
      String engine,
      Figure figure,
      Spread before,
      Spread after,
      boolean relative,
      boolean judged,
      double typicalNoise) {

    /** After, as a multiple of before. */
    public double ratio() {
      return after.median() / before.median();
    }

    /** What a difference must exceed. */
    public double noise() {
      double spread = Math.max(before.noise(), after.noise());
      return Math.max(FLOOR, SPREADS * Math.max(spread, typicalNoise));
    }

    /** Says whether the difference means something. */
    public Verdict verdict() {
      if (!judged || Math.min(before.count(), after.count()) < REPETITIONS) {
        return Verdict.NOT_JUDGED;
      }
      boolean overlap = after.least() <= before.greatest() && before.least() <= after.greatest();
      // A factor of two is as far in either direction.
      double change = Math.max(ratio(), 1 / ratio()) - 1;
      if (overlap || change <= noise()) {
        return Verdict.NOISE;
      }
      return ratio() > 1 == figure.moreIsBetter() ? Verdict.BETTER : Verdict.WORSE;
    }
  }

  /**
   * All figures that both results have, of the rows and engines that both have.
   *
   * @param relative whether figures of time are taken relative to the limit, where both have it
   */
  public static List<Line> of(Results before, Results after, boolean relative) {
    List<Line> lines = new ArrayList<>();
    for (Case row : before.rows()) {
      for (String engine : before.engines(row)) {
        for (Figure figure : Figure.values()) {
          boolean parts = relative && limits(before, row, figure) && limits(after, row, figure);
          if (parts && engine.equals(Engines.LIMIT)) {
            continue; // It is what the others are measured by.
          }
          boolean alone = relative && OF_TIME_ALONE.contains(figure);
          boolean judged = !alone && !NEVER_JUDGED.contains(figure);
          Spread was = spread(before, row, engine, figure, parts);
          Spread is = spread(after, row, engine, figure, parts);
          if (!was.isEmpty() && !is.isEmpty() && was.median() > 0 && is.median() > 0) {
            lines.add(new Line(row, engine, figure, was, is, parts, judged, 0));
          }
        }
      }
    }
    return withTypicalNoise(lines);
  }

  /** What was measured before, and is no longer: it failed, or was not tried. */
  public static List<Missing> missing(Results before, Results after) {
    List<Missing> missing = new ArrayList<>();
    for (Case row : before.rows()) {
      for (String engine : before.engines(row)) {
        List<Sample> tried = samples(after, row, engine);
        List<Sample> failed = tried.stream().filter(sample -> sample.failure() != null).toList();
        boolean was =
            samples(before, row, engine).stream().anyMatch(each -> each.failure() == null);
        if (was && tried.isEmpty()) {
          missing.add(new Missing(row, engine, "not measured"));
        } else if (was && !failed.isEmpty()) {
          missing.add(
              new Missing(
                  row,
                  engine,
                  "%d of %d failed: %s"
                      .formatted(failed.size(), tried.size(), failed.get(0).failure())));
        }
      }
    }
    return missing;
  }

  private static List<Sample> samples(Results results, Case row, String engine) {
    return results.samples().stream()
        .filter(sample -> sample.row().equals(row) && sample.engine().equals(engine))
        .toList();
  }

  private static boolean limits(Results results, Case row, Figure figure) {
    return OF_TIME.contains(figure)
        && results.spread(row, Engines.LIMIT, figure).count() >= REPETITIONS;
  }

  private static Spread spread(
      Results results, Case row, String engine, Figure figure, boolean relative) {
    if (!relative) {
      return results.spread(row, engine, figure);
    }
    Map<Integer, Double> limits = results.byRepetition(row, Engines.LIMIT, figure);
    return Spread.of(
        results.byRepetition(row, engine, figure).entrySet().stream()
            .filter(value -> limits.getOrDefault(value.getKey(), 0.0) > 0)
            .mapToDouble(value -> value.getValue() / limits.getOrDefault(value.getKey(), 1.0))
            .toArray());
  }

  private static List<Line> withTypicalNoise(List<Line> lines) {
    Map<Figure, List<Double>> noises = new EnumMap<>(Figure.class);
    for (Line line : lines) {
      List<Double> of = noises.computeIfAbsent(line.figure, figure -> new ArrayList<>());
      of.add(line.before.noise());
      of.add(line.after.noise());
    }
    Map<Figure, Double> typical = new HashMap<>();
    noises.forEach(
        (figure, of) ->
            typical.put(
                figure,
                Spread.of(of.stream().mapToDouble(Double::doubleValue).toArray()).median()));
    return lines.stream()
        .map(
            line ->
                new Line(
                    line.row,
                    line.engine,
                    line.figure,
                    line.before,
                    line.after,
                    line.relative,
                    line.judged,
                    typical.getOrDefault(line.figure, 0.0)))
        .toList();
  }
}
