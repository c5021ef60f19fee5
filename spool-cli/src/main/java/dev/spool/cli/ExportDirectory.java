package dev.spool.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Writes files so that each appears whole or not at all: a temporary file, forced, and then
 * renamed. Safe for use by several threads, as long as they write different names.
 */
final class ExportDirectory {
  private final Path directory;
  private final boolean replace;

  /** What became of a file. */
  enum Result {
    WRITTEN,
    /** A file of that name has these very bytes: a previous export wrote it. */
    THERE_ALREADY,
    /** Something else has that name, and was left alone. */
    DIFFERS
  }

  ExportDirectory(Path directory, boolean replace) {
    this.directory = directory;
    this.replace = replace;
  }

  Result write(String name, byte[] data) throws IOException {
    Path file = directory.resolve(name);
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      if (holds(file, data)) {
        return Result.THERE_ALREADY;
      }
      if (!replace) {
        return Result.DIFFERS;
      }
    }
    Path temporary = directory.resolve("." + name + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer buffer = ByteBuffer.wrap(data);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    return Result.WRITTEN;
  }

  /** Brings the names onto stable storage. */
  void force() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static boolean holds(Path file, byte[] data) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.size(file) == data.length
        && Arrays.equals(Files.readAllBytes(file), data);
  }
}
