package dev.spool.cli;

import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Exports to one mbox, which appears whole or not at all; or to a stream, whose reader sees to
 * that.
 */
final class MboxExport implements ExportTarget {
  private static final int BUFFER = 1 << 20;

  private final OutputStream out;
  private final MboxWriter writer;

  /** Null if it is a stream. */
  private final @Nullable NewFile file;

  private MboxExport(OutputStream out, @Nullable NewFile file) {
    this.out = out;
    this.file = file;
    writer = new MboxWriter(out);
  }

  /** Exports to a stream. */
  static MboxExport to(PrintStream stream) {
    return new MboxExport(new BufferedOutputStream(stream, BUFFER), null);
  }

  /**
   * Exports to a file.
   *
   * @param replace whether to replace what is there
   */
  static MboxExport to(Disk disk, Path path, boolean replace) throws IOException {
    if (disk.exists(path) && !(replace && disk.facts(path).regularFile())) {
      throw isThere(path);
    }
    NewFile file = new NewFile(disk, path.toAbsolutePath(), replace);
    return new MboxExport(new BufferedOutputStream(file, BUFFER), file);
  }

  private static FileSystemException isThere(Path path) {
    return new FileSystemException(
        path.toString(),
        null,
        "is there already; an mbox is written anew, and --force replaces it");
  }

  @Override
  public int writers() {
    return 1;
  }

  @Override
  public ExportResult write(SpoolEntry.Item message) throws IOException {
    if (!MboxWriter.canHold(message.data())) {
      return ExportResult.refused(
          "it does not end in a line feed, and an mbox cannot hold it byte for byte; export it with"
              + " --to maildir or files");
    }
    writer.write(message);
    return ExportResult.WRITTEN;
  }

  @Override
  public void finish() throws IOException {
    out.flush();
    if (file != null) {
      file.finish();
    }
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }

  /** A file under a temporary name, until it is finished. */
  private static final class NewFile extends OutputStream {
    private final Disk disk;
    private final Path path;
    private final boolean replace;
    private final Path temporary;
    private final DiskFile file;
    private long position;

    NewFile(Disk disk, Path path, boolean replace) throws IOException {
      this.disk = disk;
      this.path = path;
      this.replace = replace;
      // A name that nobody else has: what is there under any other is not ours to delete.
      temporary = path.resolveSibling("." + path.getFileName() + "." + SpoolId.random() + ".tmp");
      disk.createDirectories(path.resolveSibling(""));
      file = disk.create(temporary);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      file.write(ByteBuffer.wrap(bytes, from, length), position);
      position += length;
    }

    void finish() throws IOException {
      file.force(true);
      file.close();
      if (replace) {
        disk.rename(temporary, path);
      } else {
        linkUnlessThere();
        disk.deleteIfExists(temporary);
      }
      disk.forceDirectory(path.resolveSibling(""));
    }

    /** A link, unlike a rename, replaces nothing: a file may have come since the export began. */
    private void linkUnlessThere() throws IOException {
      try {
        Files.createLink(path, temporary);
      } catch (FileAlreadyExistsException e) {
        throw isThere(path);
      } catch (IOException | UnsupportedOperationException e) { // a file system without links
        if (disk.exists(path)) {
          throw isThere(path);
        }
        disk.rename(temporary, path);
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
      disk.deleteIfExists(temporary);
    }
  }
}
