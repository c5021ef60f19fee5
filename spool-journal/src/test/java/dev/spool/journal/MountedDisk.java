package dev.spool.journal;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A small file system, mounted for a test: it is really full when it is full. Takes root; a test
 * that may not mount is skipped, and says so.
 */
final class MountedDisk implements AutoCloseable {
  private final Path mounted;

  private MountedDisk(Path mounted) {
    this.mounted = mounted;
  }

  /** Makes and mounts one of that many MiB: {@code tmpfs}, or one in a file. */
  static MountedDisk make(String type, Path directory, int mebibytes) throws IOException {
    Path mounted = Files.createDirectory(directory.resolve("mounted"));
    List<String> mount = new ArrayList<>(List.of("mount"));
    if (type.equals("tmpfs")) {
      mount.addAll(List.of("-t", type, "-o", "size=" + mebibytes + "m", type));
    } else {
      Path image = directory.resolve("image");
      try (var file = new RandomAccessFile(image.toFile(), "rw")) {
        file.setLength((long) mebibytes << 20);
      }
      need(List.of("mkfs." + type, "-q", "-F", "-m", "0", image.toString()));
      mount.addAll(List.of("-o", "loop", image.toString()));
    }
    mount.add(mounted.toString());
    need(mount);
    return new MountedDisk(mounted);
  }

  private static void need(List<String> command) throws IOException {
    String said;
    try {
      said = run(command);
    } catch (IOException e) {
      said = e.toString();
    }
    assumeTrue(said.isEmpty(), "skipped: " + command + ": " + said);
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

  Path directory() {
    return mounted;
  }

  /** Takes all room that is left, in a file; returns that. */
  Path fill() throws IOException {
    Path file = mounted.resolve("filling");
    try (var filling = Files.newOutputStream(file)) {
      byte[] piece = new byte[4096];
      for (long i = 0; i < 1 << 20; i++) {
        filling.write(piece);
      }
    } catch (IOException e) {
      return file;
    }
    throw new IOException("the disk is larger than a test can fill");
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
