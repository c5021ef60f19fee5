package dev.spool.bench.report;

import dev.spool.bench.result.Comparison;
import dev.spool.bench.result.Comparison.Line;
import dev.spool.bench.result.Comparison.Missing;
import dev.spool.bench.result.Comparison.Verdict;
import dev.spool.bench.result.Results;
import dev.spool.bench.result.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sets two results beside one another. */
@Command(
    name = "compare",
    header = "Compares two results, and judges what exceeds the noise.",
    description = {
      "There is a verdict where both have 3 repetitions or more, none of the one lies within those"
          + " of the other, and the medians differ by more than 5 % and more than 1.5 times the"
          + " noise (the spread of the repetitions, and that which the figure usually has).",
      "Figures of time are taken relative to the limit's of the same repetition, where both results"
          + " have it; times that the limit has no measure for are judged with --absolute only.",
      "Exit status: 0; 1 if something is worse, or AFTER lacks what BEFORE has, or it failed there;"
          + " 2 on wrong usage, or if there is nothing to compare."
    })
public final class CompareCommand implements Callable<Integer> {
  private static final int NOTHING = 2;

  @Parameters(paramLabel = "BEFORE", description = "A directory of results, or its JSON file.")
  private Path before;

  @Parameters(paramLabel = "AFTER", description = "The other.")
  private Path after;

  @Option(names = "--absolute", description = "Take figures as they are, not relative to limit.")
  private boolean absolute;

  @Option(names = "--all", description = "Show what is noise or not judged, too.")
  private boolean all;

  @Override
  public Integer call() throws IOException {
    Results was = Sources.results(before);
    Results is = Sources.results(after);
    List<Line> lines = Comparison.of(was, is, !absolute);
    List<Missing> missing = Comparison.missing(was, is);
    if (lines.isEmpty() && missing.isEmpty()) {
      System.err.println("there are no figures to compare");
      return NOTHING;
    }
    List<List<String>> table = new ArrayList<>();
    table.add(List.of("row", "engine", "figure", "before", "after", "ratio", "noise", ""));
    for (Line line : lines) {
      if (all || Set.of(Verdict.BETTER, Verdict.WORSE).contains(line.verdict())) {
        table.add(cells(line));
      }
    }
    if (table.size() > 1) {
      Table.print(table, 3, System.out);
    }
    for (Missing lost : missing) {
      System.out.printf("MISSING %s, %s: %s%n", lost.row().label(), lost.engine(), lost.reason());
    }
    System.out.printf(
        "%d figures compared: %d worse, %d better, %d noise, %d not judged; %d rows missing%n",
        lines.size(),
        count(lines, Verdict.WORSE),
        count(lines, Verdict.BETTER),
        count(lines, Verdict.NOISE),
        count(lines, Verdict.NOT_JUDGED),
        missing.size());
    return count(lines, Verdict.WORSE) > 0 || !missing.isEmpty() ? 1 : 0;
  }

  private static long count(List<Line> lines, Verdict verdict) {
    return lines.stream().filter(line -> line.verdict() == verdict).count();
  }

  /** A difference that was not judged is marked as such, lest it be taken for one that was. */
  private static String words(Verdict verdict) {
    return switch (verdict) {
      case NOISE -> "";
      case NOT_JUDGED -> "not judged";
      case BETTER, WORSE -> verdict.name();
    };
  }

  private static List<String> cells(Line line) {
    String unit = line.relative() ? " × limit" : "";
    return List.of(
        line.row().label(),
        line.engine(),
        line.figure().column(),
        Table.number(line.before().median()) + unit,
        Table.number(line.after().median()) + unit,
        Table.ratio(line.ratio()),
        "±%.0f %%".formatted(line.noise() * 100),
        words(line.verdict()));
  }
}
