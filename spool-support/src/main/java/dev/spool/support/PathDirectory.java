package dev.spool.support;

import java.io.IOException;
import java.nio.file.Path;

/** A directory that is found anew for each name. Immutable; thread-safe. */
record PathDirectory(Disk disk, Path directory) implements DiskDirectory {

  @Override
  public FileFacts facts(String name) throws IOException {
    return disk.facts(directory.resolve(name));
  }

  @Override
  public DiskFile openRead(String name) throws IOException {
    return disk.openRead(directory.resolve(name));
  }

  @Override
  public void close() {}
}
