package dev.spool.support;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.Set;

/** A directory that is held open, where the JDK can look up names relative to one. Thread-safe. */
final class OpenDirectory implements DiskDirectory {
  /** How a file is opened to read. */
  static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

  private final Path directory;
  private final SecureDirectoryStream<Path> open;

  OpenDirectory(Path directory, SecureDirectoryStream<Path> open) {
    this.directory = directory;
    this.open = open;
  }

  @Override
  public FileFacts facts(String name) throws IOException {
    return SystemDisk.facts(
        open.getFileAttributeView(
                relative(name), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
            .readAttributes());
  }

  @Override
  public DiskFile openRead(String name) throws IOException {
    Path file = directory.resolve(name);
    SeekableByteChannel channel = open.newByteChannel(relative(name), READ);
    if (channel instanceof FileChannel files) {
      return new SystemDiskFile(file, files);
    }
    channel.close(); // of a file system that is not the machine's
    return new SystemDiskFile(file, FileChannel.open(file, READ));
  }

  private Path relative(String name) {
    return directory.getFileSystem().getPath(name);
  }

  @Override
  public void close() throws IOException {
    open.close();
  }
}
