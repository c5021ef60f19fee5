package dev.spool.cli;

import dev.spool.SpoolEntry;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
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
      throw new FileSystemException(
          path.toString(),
          null,
          "is there already; an mbox is written anew, and --force replaces it");
    }
    NewFile file = new NewFile(disk, path.toAbsolutePath());
    return new MboxExport(new BufferedOutputStream(file, BUFFER), file);
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
    private final Path temporary;
    private final DiskFile file;
    private long position;

    NewFile(Disk disk, Path path) throws IOException {
      this.disk = disk;
      this.path = path;
      temporary = path.resolveSibling("." + path.getFileName() + ".tmp");
      disk.createDirectories(path.resolveSibling(""));
      disk.deleteIfExists(temporary);
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
      disk.rename(temporary, path);
      disk.forceDirectory(path.resolveSibling(""));
    }

    @Override
    public void close() throws IOException {
      file.close();
      disk.deleteIfExists(temporary);
    }
  }
}
