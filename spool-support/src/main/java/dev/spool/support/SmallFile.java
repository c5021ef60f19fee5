package dev.spool.support;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Files of a few lines that are read and replaced whole. */
final class SmallFile {
  private SmallFile() {}

  /**
   * Reads a file.
   *
   * @param limit how many bytes to read at most; a longer file is cut off there
   * @throws IOException if it cannot be read, or is no regular file: a pipe would be waited for
   */
  static byte[] read(Disk disk, Path file, int limit) throws IOException {
    if (!disk.facts(file).regularFile()) {
      throw new FileSystemException(file.toString(), null, "not a regular file");
    }
    try (DiskFile open = disk.openRead(file)) {
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(limit, open.size()));
      open.readFully(buffer, 0);
      return buffer.array();
    }
  }

  /**
   * Replaces a file, so that it holds the old bytes or the new ones, whole, whatever happens
   * meanwhile. The new name is durable only after a force of the directory.
   *
   * @param temporary in the same directory; deleted if it is there
   */
  static void replace(Disk disk, Path file, Path temporary, byte[] content) throws IOException {
    disk.deleteIfExists(temporary);
    try {
      try (DiskFile open = disk.create(temporary)) {
        open.write(ByteBuffer.wrap(content), 0);
        open.force(true);
      }
      disk.rename(temporary, file);
    } catch (IOException e) {
      try {
        disk.deleteIfExists(temporary);
      } catch (IOException unwanted) {
        e.addSuppressed(unwanted);
      }
      throw e;
    }
  }
}
