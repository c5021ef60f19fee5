package dev.spool.support;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A directory of a {@link Disk} in which files are looked up by their names alone, so that the path
 * to it need not be walked for each. No name is a path, and no symbolic link is followed. The rules
 * of {@link Disk} about threads hold here, too.
 */
public interface DiskDirectory extends Closeable {

  /** Returns one that holds nothing open, and walks the path each time. */
  static DiskDirectory ofPath(Disk disk, Path directory) {
    return new PathDirectory(disk, directory);
  }

  /**
   * Tells what has that name, as {@link Disk#facts} does.
   *
   * @throws java.nio.file.NoSuchFileException if there is nothing
   */
  FileFacts facts(String name) throws IOException;

  /**
   * Opens a file to read, as {@link Disk#openRead} does: to be used for regular files.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  DiskFile openRead(String name) throws IOException;

  /** Gives up what it holds; files that were opened stay open. */
  @Override
  void close() throws IOException;
}
