package dev.spool.cli;

import dev.spool.SpoolEntry;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Path;

/** Exports each message to a file of its own, {@code ID.eml}, byte for byte. */
final class FilesExport implements ExportTarget {
  /** Each waits for the disk to force its file; several share what the disk can do at once. */
  static final int WRITERS = 8;

  private final ExportDirectory directory;

  FilesExport(Disk disk, Path directory, boolean replace) throws IOException {
    this.directory = new ExportDirectory(disk, directory, replace);
  }

  @Override
  public int writers() {
    return WRITERS;
  }

  @Override
  public ExportResult write(SpoolEntry.Item message) throws IOException {
    String name = message.id() + ".eml";
    Path temporary = directory.directory().resolve("." + name + ".tmp");
    return directory.write(name, temporary, message.data(), message.id().createdAt());
  }

  @Override
  public void finish() throws IOException {
    directory.force();
  }

  @Override
  public void close() {}
}
