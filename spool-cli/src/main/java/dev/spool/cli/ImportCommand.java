package dev.spool.cli;

import dev.spool.MessageTooLargeException;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Stores mail from files. */
@Command(
    name = "import",
    header = "Stores mail from files.",
    description = {
      "Stores messages from files. Each is counted once it survives a power cut; files are left where"
          + " they are.",
      "A file that cannot be read, or is too large, is skipped and named, and the exit status is 1."
          + " If the spool fills up or fails, the import stops, names what it has not stored, and"
          + " the exit status is 4. Run the same command again then: a file's id follows from its"
          + " path, time and contents, so that nothing is stored twice."
    })
final class ImportCommand extends SpoolCommand {
  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "SOURCE",
      description =
          "A file of any name; a directory, of which all .eml and .msg files are taken, at any depth;"
              + " or '-', standard input, one message.")
  private List<String> sources;

  @Option(names = "--all", description = "Take all files of a directory, whatever their names.")
  private boolean all;

  @Option(
      names = "--json",
      description = "One JSON object a line for each source: what became of it.")
  private boolean json;

  @Override
  public Integer call() {
    try (Spool spool = openForWriting();
        Progress progress = Progress.start(streams(), "stored")) {
      ImportReport report = new ImportReport(streams(), progress, json);
      Importer importer = new Importer(spool, SizeLimit.of(address()), report);
      MailFinder finder = new MailFinder(all);
      for (String source : sources) {
        if (source.equals("-")) {
          importStandardInput(importer, report);
        } else {
          finder.find(
              Path.of(source),
              file -> importer.add(new MailSource(file)),
              (path, failure) -> report.skipped(path.toString(), ErrorReport.describe(failure)));
        }
      }
      importer.finish();
      return report.finish();
    }
  }

  private void importStandardInput(Importer importer, ImportReport report) {
    try {
      importer.add(SpoolId.random(), SizeLimit.read(streams().in(), SizeLimit.of(address())), "-");
    } catch (MessageTooLargeException e) {
      report.skipped("-", e.detail());
    } catch (IOException e) {
      report.skipped("-", ErrorReport.describe(e));
    }
  }
}
