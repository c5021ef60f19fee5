package dev.spool.cli.demo;

import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.DiskSpace;
import dev.spool.support.FileFacts;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * The file system of this machine, seen as if it were as small as a quota, and one directory all
 * that is on it. A real quota needs root; this one only tells the spool how much is left, by
 * counting what is in the directory when it is asked. Everything else is done as it is.
 */
final class QuotaDisk implements Disk {
  private static final long BLOCK = 4096;

  private final Disk disk;
  private final Path directory;
  private final long quota;

  /**
   * Makes the view.
   *
   * @param quota in bytes
   */
  QuotaDisk(Path directory, long quota) {
    this.disk = Disk.system();
    this.directory = directory;
    this.quota = quota;
  }

  @Override
  public DiskSpace space(Path path) throws IOException {
    return new DiskSpace(quota, Math.max(0, quota - used()), 0, 0);
  }

  /** Returns the bytes that all files take, in whole blocks. */
  long used() throws IOException {
    long[] bytes = {0};
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes[0] += (attributes.size() + BLOCK - 1) / BLOCK * BLOCK;
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure)
              throws IOException {
            if (failure instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // removed meanwhile
            }
            throw failure;
          }
        });
    return bytes[0];
  }

  @Override
  public DiskFile create(Path file) throws IOException {
    return disk.create(file);
  }

  @Override
  public DiskFile openRead(Path file) throws IOException {
    return disk.openRead(file);
  }

  @Override
  public DiskFile openWrite(Path file) throws IOException {
    return disk.openWrite(file);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    disk.rename(from, to);
  }

  @Override
  public boolean deleteIfExists(Path path) throws IOException {
    return disk.deleteIfExists(path);
  }

  @Override
  public boolean createDirectory(Path path) throws IOException {
    return disk.createDirectory(path);
  }

  @Override
  public void createDirectories(Path path) throws IOException {
    disk.createDirectories(path);
  }

  @Override
  public void forceDirectory(Path path) throws IOException {
    disk.forceDirectory(path);
  }

  @Override
  public void list(Path path, DirectoryVisitor visitor) throws IOException {
    disk.list(path, visitor);
  }

  @Override
  public FileFacts facts(Path path) throws IOException {
    return disk.facts(path);
  }

  @Override
  public Set<PosixFilePermission> permissions(Path path) throws IOException {
    return disk.permissions(path);
  }

  @Override
  public Path realPath(Path path) throws IOException {
    return disk.realPath(path);
  }

  @Override
  public String fileSystemType(Path path) throws IOException {
    return disk.fileSystemType(path);
  }
}
