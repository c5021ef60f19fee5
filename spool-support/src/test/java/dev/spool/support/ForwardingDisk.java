package dev.spool.support;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** Hands every call on, so that a test overrides the one that it wants to fail. */
class ForwardingDisk implements Disk {
  private final Disk to = Disk.system();

  @Override
  public DiskFile create(Path file) throws IOException {
    return to.create(file);
  }

  @Override
  public DiskFile openRead(Path file) throws IOException {
    return to.openRead(file);
  }

  @Override
  public DiskFile openWrite(Path file) throws IOException {
    return to.openWrite(file);
  }

  @Override
  public void rename(Path from, Path target) throws IOException {
    to.rename(from, target);
  }

  @Override
  public boolean deleteIfExists(Path path) throws IOException {
    return to.deleteIfExists(path);
  }

  @Override
  public boolean createDirectory(Path directory) throws IOException {
    return to.createDirectory(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    to.createDirectories(directory);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    to.forceDirectory(directory);
  }

  @Override
  public void list(Path directory, DirectoryVisitor visitor) throws IOException {
    to.list(directory, visitor);
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
}
