package dev.spool.bench.report;

import dev.spool.bench.result.Comparison;
import dev.spool.bench.result.Comparison.Line;
import dev.spool.bench.result.Comparison.Verdict;
import dev.spool.bench.result.Results;
import dev.spool.bench.result.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
          + " have it.",
      "Exit status: 0; 1 if something is worse; 2 on wrong usage, or if there is nothing to compare."
    })
public final class CompareCommand implements Callable<Integer> {
  private static final int NOTHING = 2;

  @Parameters(paramLabel = "BEFORE", description = "A directory of results, or its JSON file.")
  private Path before;

  @Parameters(paramLabel = "AFTER", description = "The other.")
  private Path after;

  @Option(names = "--absolute", description = "Take figures as they are, not relative to limit.")
  private boolean absolute;

  @Option(names = "--all", description = "Show what is noise, too.")
  private boolean all;

  @Override
  public Integer call() throws IOException {
    List<Line> lines = Comparison.of(Results.load(before), Results.load(after), !absolute);
    if (lines.isEmpty()) {
      System.err.println("the results have no row of the same engine in common");
      return NOTHING;
    }
    List<List<String>> table = new ArrayList<>();
    table.add(List.of("row", "engine", "figure", "before", "after", "ratio", "noise", ""));
    for (Line line : lines) {
      if (all || line.verdict() != Verdict.NOISE) {
        table.add(cells(line));
      }
    }
    if (table.size() > 1) {
      Table.print(table, 3, System.out);
    }
    long worse = lines.stream().filter(line -> line.verdict() == Verdict.WORSE).count();
    long better = lines.stream().filter(line -> line.verdict() == Verdict.BETTER).count();
    System.out.printf(
        "%d figures compared: %d worse, %d better, the rest is noise%n",
        lines.size(), worse, better);
    return worse > 0 ? 1 : 0;
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
        line.verdict() == Verdict.NOISE ? "" : line.verdict().name());
  }
}
