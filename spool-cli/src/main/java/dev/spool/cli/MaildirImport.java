package dev.spool.cli;

import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.FileFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Imports a Maildir: the files in {@code new} and {@code cur}, whatever their flags, and none in
 * {@code tmp}, which are not complete. The Maildir is left as it is.
 *
 * <p>A message was created when its file's name says, or else when the file was changed. Its id
 * follows from the Maildir's path, that part of the name that never changes, and its bytes:
 * reading, flagging and moving it to {@code cur} make no other message of it. Mail readers may do
 * so meanwhile: a file that is gone is sought in {@code cur}.
 */
final class MaildirImport {
  private final Disk disk;
  private final Importer importer;
  private final ImportReport report;

  /** Files that were gone when they were to be read, by what never changes of their names. */
  private final Map<String, Path> gone = new LinkedHashMap<>();

  MaildirImport(Disk disk, Importer importer, ImportReport report) {
    this.disk = disk;
    this.importer = importer;
    this.report = report;
  }

  /** Tells whether a directory is a Maildir. */
  static boolean recognises(Path path) {
    return Files.isDirectory(path.resolve("new"), LinkOption.NOFOLLOW_LINKS)
        && Files.isDirectory(path.resolve("cur"), LinkOption.NOFOLLOW_LINKS)
        && Files.isDirectory(path.resolve("tmp"), LinkOption.NOFOLLOW_LINKS);
  }

  /** Imports a Maildir, and names the Maildirs in it, which it does not import. */
  void run(Path maildir) {
    if (!Files.isDirectory(maildir)) {
      report.skipped(maildir.toString(), "is not a directory, and so not a Maildir");
      return;
    }
    if (!recognises(maildir)) {
      report.skipped(maildir.toString(), "is not a Maildir: new, cur and tmp are not all in it");
      return;
    }
    // In this order: a message that is read meanwhile moves from new to cur, and is seen there.
    takeAll(maildir, maildir.resolve("new"), name -> true);
    takeAll(maildir, maildir.resolve("cur"), name -> true);
    if (!gone.isEmpty()) { // from cur, too: a reader that marks a message renames its file
      takeAll(maildir, maildir.resolve("cur"), Set.copyOf(gone.keySet())::contains);
    }
    gone.values()
        .forEach(file -> report.skipped(file.toString(), "is gone, and not in cur either"));
    nameOthers(maildir);
  }

  /** Takes the files of which the part of the name that never changes is wanted. */
  private void takeAll(Path maildir, Path directory, Predicate<String> wanted) {
    String origin = maildir.toAbsolutePath().normalize().toString();
    try {
      disk.list(
          directory,
          file -> {
            if (wanted.test(unique(file))) {
              take(origin, file);
            }
            return true;
          });
    } catch (IOException e) {
      report.skipped(directory + ", not all of which could be seen", ErrorReport.describe(e));
    }
  }

  private void take(String origin, Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (name.startsWith(".")) {
      report.note(file.toString(), "begins with a dot, and so is no message of a Maildir");
      return;
    }
    FileFacts facts;
    try {
      facts = disk.facts(file);
    } catch (NoSuchFileException e) {
      gone.put(unique(file), file);
      return;
    } catch (IOException e) {
      report.skipped(file.toString(), ErrorReport.describe(e));
      return;
    }
    if (facts.regularFile()) {
      gone.remove(unique(file));
      importer.add(new MaildirFile(file, origin, facts, gone));
    } else {
      report.skipped(file.toString(), "is not a regular file");
    }
  }

  private static String unique(Path file) {
    return MaildirName.unique(String.valueOf(file.getFileName()));
  }

  private void nameOthers(Path maildir) {
    try {
      disk.list(
          maildir,
          entry -> {
            if (recognises(entry)) {
              report.note(entry.toString(), "is a Maildir of its own; name it to import it");
            }
            return true;
          });
    } catch (IOException e) {
      report.skipped(maildir + ", not all of which could be seen", ErrorReport.describe(e));
    }
  }

  /** A message in a Maildir. */
  private record MaildirFile(Path path, String maildir, FileFacts facts, Map<String, Path> gone)
      implements ImportFile {
    @Override
    public SpoolId id(byte[] message) {
      String name = String.valueOf(path.getFileName());
      return DerivedId.of(
          MaildirName.delivered(name, facts.modified()),
          maildir + "/" + MaildirName.unique(name),
          message);
    }

    @Override
    public boolean soughtElsewhere() {
      gone.put(unique(path), path);
      return true;
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }
}
