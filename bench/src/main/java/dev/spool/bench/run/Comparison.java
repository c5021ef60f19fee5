package dev.spool.bench.run;

import dev.spool.bench.workload.Case;
import dev.spool.bench.workload.Figure;
import java.util.ArrayList;
import java.util.List;

/**
 * Two results beside one another.
 *
 * <p>There is a verdict only where no repetition of the one lies within the repetitions of the
 * other, and the medians differ by more than the wider of both spreads; all else is noise.
 */
final class Comparison {
  private Comparison() {}

  /** What can be said of a difference. */
  enum Verdict {
    BETTER,
    WORSE,
    NOISE
  }

  /** One figure of a row, before and after. */
  record Line(Case row, String engine, Figure figure, Spread before, Spread after) {

    double ratio() {
      return after.median() / before.median();
    }

    Verdict verdict() {
      boolean overlap = after.least() <= before.greatest() && before.least() <= after.greatest();
      double change = Math.abs(ratio() - 1);
      if (overlap || change <= Math.max(before.noise(), after.noise())) {
        return Verdict.NOISE;
      }
      return ratio() > 1 == figure.moreIsBetter() ? Verdict.BETTER : Verdict.WORSE;
    }
  }

  /** All figures that both results have, of the rows and engines that both have. */
  static List<Line> of(Results before, Results after) {
    List<Line> lines = new ArrayList<>();
    for (Case row : before.rows()) {
      for (String engine : before.engines(row)) {
        for (Figure figure : Figure.values()) {
          Spread was = before.spread(row, engine, figure);
          Spread is = after.spread(row, engine, figure);
          if (!was.isEmpty() && !is.isEmpty() && was.median() > 0) {
            lines.add(new Line(row, engine, figure, was, is));
          }
        }
      }
    }
    return lines;
  }
}
