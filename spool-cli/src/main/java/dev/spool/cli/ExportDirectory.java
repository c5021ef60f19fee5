package dev.spool.cli;

import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.FileFacts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;

/**
 * Writes files so that each appears whole or not at all: a temporary file, forced, and then
 * renamed. They can be read by their owner only, and have the time at which the message was
 * created. Safe for use by several threads, as long as they write different names.
 */
final class ExportDirectory {
  private final Disk disk;
  private final Path directory;
  private final boolean replace;

  /**
   * Makes the directory, if it is missing, so that it is there after a power cut.
   *
   * @param replace whether to replace files that are there and differ
   */
  ExportDirectory(Disk disk, Path directory, boolean replace) throws IOException {
    this.disk = disk;
    this.directory = directory;
    this.replace = replace;
    disk.createDirectories(directory);
  }

  Path directory() {
    return directory;
  }

  /**
   * Writes a file; one that is there with these bytes is left, and so is one that differs, unless
   * it is to be replaced.
   *
   * @param temporary where to write it first, on the same file system
   */
  ExportResult write(String name, Path temporary, byte[] data, Instant created) throws IOException {
    Path file = directory.resolve(name);
    if (disk.exists(file)) {
      if (holds(file, data)) {
        return ExportResult.THERE_ALREADY;
      }
      if (!replace) {
        return ExportResult.refused(file + " is there and differs; --force replaces it");
      }
    }
    disk.deleteIfExists(temporary); // an export that was interrupted has left it
    try {
      try (DiskFile out = disk.create(temporary)) {
        out.write(ByteBuffer.wrap(data), 0);
        Files.setLastModifiedTime(temporary, FileTime.from(DerivedId.clamp(created)));
        out.force(true);
      }
      disk.rename(temporary, file);
    } catch (IOException e) {
      disk.deleteIfExists(temporary);
      throw e;
    }
    return ExportResult.WRITTEN;
  }

  /** Brings the names onto stable storage. */
  void force() throws IOException {
    disk.forceDirectory(directory);
  }

  /** Tells whether there is a regular file that has these very bytes. */
  boolean holds(Path file, byte[] data) throws IOException {
    try {
      FileFacts facts = disk.facts(file);
      return facts.regularFile()
          && facts.length() == data.length
          && Arrays.equals(Files.readAllBytes(file), data);
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
