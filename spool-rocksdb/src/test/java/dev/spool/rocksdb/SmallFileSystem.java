package dev.spool.rocksdb;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A small ext4 in a file, mounted for a test: it is really full when it is full. Takes root, and a
 * loop device; a test that has none is skipped, and says so.
 */
final class SmallFileSystem implements AutoCloseable {
  private final Path mounted;

  private SmallFileSystem(Path mounted) {
    this.mounted = mounted;
  }

  /** Makes and mounts one of that many MiB. */
  static SmallFileSystem make(Path directory, int mebibytes) throws IOException {
    Path image = directory.resolve("image");
    Path mounted = Files.createDirectory(directory.resolve("mounted"));
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) mebibytes << 20);
    }
    need(List.of("id", "-u"), "0\n", "it takes root to mount a file system");
    need(
        List.of("mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", image.toString()),
        "",
        "mkfs.ext4 does not work");
    need(
        List.of("mount", "-o", "loop", image.toString(), mounted.toString()),
        "",
        "no loop device can be mounted");
    return new SmallFileSystem(mounted);
  }

  private static void need(List<String> command, String answer, String why) throws IOException {
    String said;
    try {
      said = run(command);
    } catch (IOException e) {
      said = e.toString();
    }
    assumeTrue(said.equals(answer), "skipped: " + why + ": " + said);
  }

  private static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      int status = process.waitFor();
      return status == 0 ? said : said + "status " + status;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Returns the directory at its root. */
  Path directory() {
    return mounted;
  }

  /** Takes all room that is left but {@code bytes}, in a file; returns that. */
  Path fill(long bytes) throws IOException {
    Path file = mounted.resolve("filling");
    try (var filling = Files.newOutputStream(file)) {
      byte[] piece = new byte[4096];
      for (long left = free() - bytes; left > 0; left = free() - bytes) {
        for (long at = 0; at < left; at += piece.length) {
          filling.write(piece);
        }
        filling.flush();
      }
    } catch (IOException e) {
      shorten(file, bytes); // the database has taken room meanwhile
    }
    return file;
  }

  private static void shorten(Path file, long bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(Math.max(0, channel.size() - bytes));
    }
  }

  /** Returns how many bytes are free. */
  long free() throws IOException {
    return Files.getFileStore(mounted).getUsableSpace();
  }

  @Override
  public void close() throws IOException {
    String said = run(List.of("umount", mounted.toString()));
    if (!said.isEmpty()) {
      String unused = run(List.of("umount", "-l", mounted.toString()));
      throw new IOException(said);
    }
  }
}
