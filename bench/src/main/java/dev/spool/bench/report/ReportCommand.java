package dev.spool.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes the performance page. */
@Command(
    name = "report",
    header = "Makes the performance page and its plots of results.",
    description = "Takes files or directories of results; all JSON files of a directory.")
public final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Parameters(
      arity = "0..*",
      paramLabel = "RESULTS",
      defaultValue = "bench/results",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<Path> results;

  @Option(
      names = "--out",
      defaultValue = "docs/performance.md",
      description =
          "The page; its plots go to a directory beside it, of its name without .md;"
              + " default: ${DEFAULT-VALUE}.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    List<String> typed = command.commandLine().getParseResult().originalArgs();
    Path page = out.toAbsolutePath();
    String name = page.getFileName().toString().replaceFirst("\\.md$", "");
    Sources sources = Sources.of(results);
    Path plots = Files.createDirectories(page.resolveSibling(name));
    Charts charts = Charts.of(sources);
    charts.save(plots);
    Files.writeString(
        page, new Page("bench/" + String.join(" ", typed), name, sources, charts).text());
    System.out.printf("%s, and %d plots in %s%n", out, charts.names().size(), plots);
    return 0;
  }
}
