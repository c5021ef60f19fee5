package dev.spool.filesystem;

import dev.spool.support.Disk;
import dev.spool.support.DiskDirectory;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSpace;
import dev.spool.support.FileFacts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** Hands every call on, so that a test overrides the one that it is about. */
class ForwardingDisk implements Disk {
  private final Disk to = Disk.system();

  /** Is told of each call that changes something, before it is made; may fail it, or hold it. */
  void before(Change change, Path path) throws IOException {}

  /** The calls that change something. */
  enum Change {
    CREATE,
    WRITE,
    FORCE,
    RENAME,
    DELETE,
    MAKE_DIRECTORY,
    FORCE_DIRECTORY
  }

  /** Is told of each file that is opened to read. */
  void beforeReading(Path path) throws IOException {}

  /** Is told of each name that is looked up in an open directory. */
  void beforeLookingAt(Path path) throws IOException {}

  /** Is told of each file that was closed. */
  void afterClosing(Path path) throws IOException {}

  @Override
  public DiskFile create(Path file) throws IOException {
    before(Change.CREATE, file);
    return new ForwardingFile(to.create(file));
  }

  @Override
  public DiskFile openRead(Path file) throws IOException {
    beforeReading(file);
    return new ForwardingFile(to.openRead(file));
  }

  @Override
  public DiskFile openWrite(Path file) throws IOException {
    return new ForwardingFile(to.openWrite(file));
  }

  @Override
  public void rename(Path from, Path target) throws IOException {
    before(Change.RENAME, target);
    to.rename(from, target);
  }

  @Override
  public boolean deleteIfExists(Path path) throws IOException {
    before(Change.DELETE, path);
    return to.deleteIfExists(path);
  }

  @Override
  public boolean createDirectory(Path directory) throws IOException {
    before(Change.MAKE_DIRECTORY, directory);
    return to.createDirectory(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    to.createDirectories(directory);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    before(Change.FORCE_DIRECTORY, directory);
    to.forceDirectory(directory);
  }

  @Override
  public void list(Path directory, DirectoryVisitor visitor) throws IOException {
    to.list(directory, visitor);
  }

  @Override
  public DiskDirectory openDirectory(Path directory) throws IOException {
    return new ForwardingDirectory(directory, to.openDirectory(directory));
  }

  @Override
  public FileFacts facts(Path path) throws IOException {
    return to.facts(path);
  }

  @Override
  public Set<PosixFilePermission> permissions(Path path) throws IOException {
    return to.permissions(path);
  }

  @Override
  public Path realPath(Path path) throws IOException {
    return to.realPath(path);
  }

  @Override
  public DiskSpace space(Path path) throws IOException {
    return to.space(path);
  }

  @Override
  public String fileSystemType(Path path) throws IOException {
    return to.fileSystemType(path);
  }

  /** Hands every call on; the files that are opened are told of first. */
  private final class ForwardingDirectory implements DiskDirectory {
    private final Path path;
    private final DiskDirectory directory;

    ForwardingDirectory(Path path, DiskDirectory directory) {
      this.path = path;
      this.directory = directory;
    }

    @Override
    public FileFacts facts(String name) throws IOException {
      beforeLookingAt(path.resolve(name));
      return directory.facts(name);
    }

    @Override
    public DiskFile openRead(String name) throws IOException {
      beforeReading(path.resolve(name));
      return new ForwardingFile(directory.openRead(name));
    }

    @Override
    public void close() throws IOException {
      directory.close();
    }
  }

  /** Hands every call on; the calls that change something are told of first. */
  private final class ForwardingFile implements DiskFile {
    private final DiskFile file;

    ForwardingFile(DiskFile file) {
      this.file = file;
    }

    @Override
    public Path path() {
      return file.path();
    }

    @Override
    public int read(ByteBuffer buffer, long position) throws IOException {
      return file.read(buffer, position);
    }

    @Override
    public void write(ByteBuffer buffer, long position) throws IOException {
      before(Change.WRITE, path());
      file.write(buffer, position);
    }

    @Override
    public void write(ByteBuffer[] buffers, long position) throws IOException {
      before(Change.WRITE, path());
      file.write(buffers, position);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      before(Change.FORCE, path());
      file.force(metadata);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public boolean tryLock() throws IOException {
      return file.tryLock();
    }

    @Override
    public void close() throws IOException {
      file.close();
      afterClosing(path());
    }
  }
}
