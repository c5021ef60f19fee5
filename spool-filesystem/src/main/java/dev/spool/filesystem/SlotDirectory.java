package dev.spool.filesystem;

import dev.spool.support.Disk;
import dev.spool.support.DiskDirectory;
import dev.spool.support.DiskFile;
import dev.spool.support.FileFacts;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A slot's directory for one reader of a scan: opened when a name is looked up, and again after it
 * was closed, so that the reader can close it whenever it has to wait.
 *
 * <p>Belongs to its reader's thread.
 */
final class SlotDirectory implements DiskDirectory {
  private final Disk disk;
  private final Path path;
  private @Nullable DiskDirectory open;

  SlotDirectory(Disk disk, Path path) {
    this.disk = disk;
    this.path = path;
  }

  Path path() {
    return path;
  }

  @Override
  public FileFacts facts(String name) throws IOException {
    return open().facts(name);
  }

  @Override
  public DiskFile openRead(String name) throws IOException {
    return open().openRead(name);
  }

  private DiskDirectory open() throws IOException {
    DiskDirectory directory = open;
    if (directory == null) {
      directory = disk.openDirectory(path);
      open = directory;
    }
    return directory;
  }

  @Override
  public void close() throws IOException {
    DiskDirectory directory = open;
    open = null;
    if (directory != null) {
      directory.close();
    }
  }
}
