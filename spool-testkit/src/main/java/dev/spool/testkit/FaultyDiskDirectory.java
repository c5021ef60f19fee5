package dev.spool.testkit;

import dev.spool.support.DiskDirectory;
import dev.spool.support.DiskFile;
import dev.spool.support.FileFacts;
import dev.spool.testkit.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.file.Path;

/** An open directory of a {@link FaultyDisk}, which it asks before each operation. */
record FaultyDiskDirectory(FaultyDisk disk, Path path, DiskDirectory wrapped)
    implements DiskDirectory {

  @Override
  public FileFacts facts(String name) throws IOException {
    disk.before(Operation.ASK, path.resolve(name));
    return wrapped.facts(name);
  }

  @Override
  public DiskFile openRead(String name) throws IOException {
    disk.before(Operation.OPEN, path.resolve(name));
    return new FaultyDiskFile(disk, wrapped.openRead(name), 1);
  }

  @Override
  public void close() throws IOException {
    try {
      disk.before(Operation.CLOSE, path);
    } finally {
      wrapped.close();
    }
  }
}
