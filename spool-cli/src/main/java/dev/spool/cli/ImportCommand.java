package dev.spool.cli;

import dev.spool.MessageTooLargeException;
import dev.spool.Spool;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.FormatMarker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Stores mail from files, mboxes, Maildirs and spools of KumoMTA. */
@Command(
    name = "import",
    header = "Stores mail from files, an mbox, a Maildir, or KumoMTA's spool.",
    description = {
      "Stores messages from files. Each is counted once it survives a power cut; files are left where"
          + " they are. The server that uses the spool must be stopped. A message is as old as its source says: a file's time of change, the date of"
          + " an mbox's From_ line (UTC unless it has a numeric zone), the seconds in the name of a"
          + " Maildir's file, the id of KumoMTA's. What is dated in the future counts as old as the"
          + " spool.",
      "What cannot be read, or is too large, is skipped and named, and the exit status is 1."
          + " If the spool fills up or fails, the import stops, names what it has not stored, and"
          + " the exit status is 4. Run the same command again then: a message's id follows from its"
          + " path, time and contents, so that nothing is stored twice. (Standard input has no path:"
          + " what is read from it is stored again.)",
      "An mbox is read as the variant mboxrd. KumoMTA has to be stopped; its messages keep their ids,"
          + " and one that the spool has already is left as it is."
    },
    footer = {
      "",
      "Examples:",
      "  spool import file:/var/spool/app mail/ one.eml",
      "  spool import --from mbox /var/spool/app /var/mail/joe",
      "  zcat old.mbox.gz | spool import --from mbox /var/spool/app -",
      "  spool import --from maildir /var/spool/app ~/Maildir",
      "  spool import --from kumomta-localdisk rocksdb:/var/spool/app /var/spool/kumomta/data"
    })
final class ImportCommand extends SpoolCommand {
  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "SOURCE",
      description =
          "A file of any name, which is one message; a directory, of which all .eml and .msg files are"
              + " taken, at any depth; or '-', standard input, one message. With --from: an mbox, or"
              + " '-'; a Maildir; the directory of one of KumoMTA's spools.")
  private List<String> sources;

  @Option(
      names = "--from",
      paramLabel = "FORMAT",
      description =
          "One of ${COMPLETION-CANDIDATES}. Default: a directory that holds new, cur and tmp is taken"
              + " for a Maildir, a file named .mbox that begins with a From_ line for an mbox, and"
              + " everything else for files.")
  private @Nullable ImportFormat format;

  @Option(names = "--all", description = "Take all files of a directory, whatever their names.")
  private boolean all;

  @Option(
      names = "--json",
      description = "One JSON object a line for each source: what became of it.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    refuseMemory();
    checkSources();
    try (Spool spool = openForWriting();
        Progress progress = Progress.start(streams(), "stored")) {
      ImportReport report = new ImportReport(streams(), progress, json);
      long limit = SizeLimit.of(address());
      Importer importer = new Importer(spool, limit, report, made(), Clock.systemUTC());
      for (String source : sources) {
        if (source.equals("-")) {
          importStandardInput(importer, report, limit);
        } else {
          importPath(Path.of(source), importer, report, limit);
        }
      }
      importer.finish();
      return report.finish();
    }
  }

  /** Returns when the spool, which is open, was made: its directory, if it has no marker. */
  private Instant made() throws IOException {
    Path directory = spoolDirectory();
    if (directory == null) {
      return Instant.now();
    }
    Optional<FormatMarker> marker = SpoolAddress.recognise(directory);
    return marker.isPresent()
        ? marker.get().created()
        : Files.readAttributes(directory, BasicFileAttributes.class).creationTime().toInstant();
  }

  private void importPath(Path path, Importer importer, ImportReport report, long limit) {
    if (address().contains(path)) {
      report.skipped(path.toString(), "is the spool's own");
      return;
    }
    if (Files.exists(path) && !Files.isDirectory(path) && !Files.isRegularFile(path)) {
      report.skipped(
          path.toString(), "is neither a regular file nor a directory; '-' is standard input");
      return;
    }
    switch (format == null ? recognise(path, report) : format) {
      case MBOX -> new MboxImport(importer, report, limit).run(path);
      case MAILDIR -> new MaildirImport(Disk.system(), importer, report).run(path);
      case KUMOMTA_LOCALDISK -> new KumoDiskImport(Disk.system(), importer, report).run(path);
      case FILES -> importFiles(path, importer, report);
    }
  }

  private void importFiles(Path path, Importer importer, ImportReport report) {
    MailFinder finder = new MailFinder(all, directory -> isOwn(directory, report));
    finder.find(
        path,
        file -> importer.add(new MailSource(file)),
        (at, failure) -> report.skipped(at.toString(), ErrorReport.describe(failure)));
    if (finder.otherNames() > 0) {
      report.leftOut(
          path.toString(), finder.otherNames(), "not named .eml or .msg; --all takes them");
    }
    if (finder.noFiles() > 0) {
      report.leftOut(
          path.toString(), finder.noFiles(), "a symbolic link or a special file is no mail");
    }
  }

  /** To close one of its files would even give up the lock on it. */
  private boolean isOwn(Path directory, ImportReport report) {
    boolean own = address().contains(directory);
    if (own) {
      report.note(directory.toString(), "is the spool itself, and left out");
    }
    return own;
  }

  private static ImportFormat recognise(Path path, ImportReport report) {
    if (MaildirImport.recognises(path)) {
      return ImportFormat.MAILDIR;
    }
    if (!MboxImport.recognises(path)) {
      return ImportFormat.FILES;
    }
    if (path.toString().endsWith(".mbox")) {
      return ImportFormat.MBOX;
    }
    report.note(
        path.toString(), "begins as an mbox does, and is taken for one message; see --from mbox");
    return ImportFormat.FILES;
  }

  private void importStandardInput(Importer importer, ImportReport report, long limit) {
    if (format == ImportFormat.MBOX) {
      new MboxImport(importer, report, limit).run(streams().in());
      return;
    }
    try {
      importer.add(SpoolId.random(), SizeLimit.read(streams().in(), limit), "-");
    } catch (MessageTooLargeException e) {
      report.skipped("-", e.detail());
    } catch (IOException e) {
      report.skipped("-", ErrorReport.describe(e));
    }
  }

  /** Nothing was opened or made yet: a command line that cannot be meant does no harm. */
  private void checkSources() {
    if (sources.contains("-")
        && (format == ImportFormat.MAILDIR || format == ImportFormat.KUMOMTA_LOCALDISK)) {
      throw new CommandFailure(
          ExitStatus.USAGE, "a directory cannot be read from standard input, '-'", null);
    }
  }
}
