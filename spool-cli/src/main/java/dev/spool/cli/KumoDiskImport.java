package dev.spool.cli;

import dev.spool.SpoolId;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Imports a spool of KumoMTA that is in files, {@code kind = "LocalDisk"}, and keeps its ids.
 *
 * <pre>
 *   lock                              the pid of the KumoMTA that has it open, and locks it, or had
 *   new/.tmpXXXXXX                    messages that were never stored completely
 *   data/c2/32/ab/00/941411ecb3c89f6bdeced846
 *        the 32 hexadecimal digits of the id; the file holds the message, and nothing else
 * </pre>
 *
 * <p>Facts from KumoMTA's sources: {@code LocalDiskSpool} and {@code lock_pid_file} in {@code
 * crates/spool/src/local_disk.rs}, {@code SpoolId::compute_path} and {@code from_path} in {@code
 * crates/spool/src/spool_id.rs}. Its ids are UUIDs of version 1 ({@code SpoolId::new}). What is in
 * {@code new} KumoMTA deletes itself when it starts. Anything else is named.
 */
final class KumoDiskImport {
  private static final Pattern LAYOUT =
      Pattern.compile("([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{24})");

  private final Disk disk;
  private final Importer importer;
  private final ImportReport report;

  KumoDiskImport(Disk disk, Importer importer, ImportReport report) {
    this.disk = disk;
    this.importer = importer;
    this.report = report;
  }

  /** Imports a spool. */
  void run(Path spool) {
    Path data = spool.resolve("data");
    if (!isDirectory(data)) {
      report.skipped(
          spool.toString(),
          "is not a LocalDisk spool of KumoMTA: there is no directory data in it");
    } else if (isDirectory(data.resolve("data"))) {
      report.skipped(
          spool.toString(),
          "holds several spools; name each: " + data + ", " + spool.resolve("meta"));
    } else if (isOpen(spool.resolve("lock"))) {
      report.skipped(
          spool.toString(), "KumoMTA has it open: a process holds its lock; stop KumoMTA first");
    } else {
      nameUnfinished(spool.resolve("new"));
      nameStrange(spool);
      takeAll(data);
    }
  }

  private boolean isOpen(Path lock) {
    try {
      return Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS) && HeldLocks.on(lock);
    } catch (IOException | UnsupportedOperationException e) {
      report.note(lock.toString(), "whether KumoMTA holds it cannot be told on this machine");
      return false;
    }
  }

  private static boolean isDirectory(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private void nameUnfinished(Path fresh) {
    if (!isDirectory(fresh)) {
      return;
    }
    list(fresh, entry -> report.note(entry.toString(), "was never stored completely: not taken"));
  }

  private void nameStrange(Path spool) {
    list(
        spool,
        entry -> {
          String name = String.valueOf(entry.getFileName());
          if (!name.equals("data") && !name.equals("new") && !name.equals("lock")) {
            report.skipped(entry.toString(), "is nothing that KumoMTA keeps there");
          }
        });
  }

  private void list(Path directory, Consumer<Path> visitor) {
    try {
      disk.list(
          directory,
          entry -> {
            visitor.accept(entry);
            return true;
          });
    } catch (IOException e) {
      notAllSeen(directory, e);
    }
  }

  private void takeAll(Path data) {
    try {
      Files.walkFileTree(
          data,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              take(data, file, attributes.isRegularFile());
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
              notAllSeen(file, failure);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                Path directory, @Nullable IOException failure) {
              if (failure != null) {
                notAllSeen(directory, failure);
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      notAllSeen(data, e);
    }
  }

  private void notAllSeen(Path path, IOException failure) {
    report.skipped(path.toString(), ErrorReport.describe(failure));
  }

  private void take(Path data, Path file, boolean regular) {
    Matcher place = LAYOUT.matcher(data.relativize(file).toString());
    if (!regular || !place.matches()) {
      report.skipped(file.toString(), "is no message of KumoMTA's: its path is not that of an id");
      return;
    }
    try {
      SpoolId id =
          SpoolId.parse(
              place.group(1) + place.group(2) + place.group(3) + place.group(4) + place.group(5));
      importer.add(new KumoFile(file, id));
    } catch (IllegalArgumentException e) {
      report.skipped(file.toString(), String.valueOf(e.getMessage()));
    }
  }

  /** A message of KumoMTA's. */
  private record KumoFile(Path path, SpoolId id) implements ImportFile {
    @Override
    public SpoolId id(byte[] message) {
      return id;
    }

    @Override
    public boolean keepsId() {
      return true;
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }
}
