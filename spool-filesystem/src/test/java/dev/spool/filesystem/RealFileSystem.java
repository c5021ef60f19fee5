package dev.spool.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A small file system in a file, mounted for a test, which may be filled, made read-only and taken
 * away. Takes Linux, root and a loop device; a test that has none is skipped, and says so.
 */
final class RealFileSystem implements AutoCloseable {
  private final Path image;
  private final Path mounted;

  private RealFileSystem(Path image, Path mounted) {
    this.image = image;
    this.mounted = mounted;
  }

  /**
   * Makes and mounts an ext4.
   *
   * @param options of mkfs.ext4
   */
  static RealFileSystem make(Path directory, int mebibytes, String... options) throws IOException {
    Path image = directory.resolve("image");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) mebibytes << 20);
    }
    need(List.of("id", "-u"), "0\n", "it takes root to mount a file system");
    List<String> command = new ArrayList<>(List.of("mkfs.ext4", "-q", "-F", "-m", "0"));
    command.addAll(List.of(options));
    command.add(image.toString());
    need(command, "", "mkfs.ext4 does not work");
    Path mounted = Files.createDirectory(directory.resolve("mounted"));
    var made = new RealFileSystem(image, mounted);
    need(made.mounting(), "", "no loop device can be mounted");
    return made;
  }

  private List<String> mounting() {
    return List.of("mount", "-o", "loop,errors=remount-ro", image.toString(), mounted.toString());
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

  /** Lets the kernel find an error in it, upon which it makes it read-only. */
  void fail() throws IOException {
    String device = run(List.of("findmnt", "-n", "-o", "SOURCE", mounted.toString())).strip();
    Path trigger = Path.of("/sys/fs/ext4", device.replace("/dev/", ""), "trigger_fs_error");
    assumeTrue(Files.exists(trigger), "skipped: this kernel has no " + trigger);
    Files.writeString(trigger, "a test of a spool");
  }

  /** Takes it away, whoever has files open. */
  void unmount() throws IOException {
    assertThat(run(List.of("umount", "-l", mounted.toString()))).isEmpty();
  }

  /** Puts it back. */
  void mount() throws IOException {
    assertThat(run(mounting())).isEmpty();
  }

  @Override
  public void close() throws IOException {
    unmount();
  }
}
