package dev.spool.testkit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** An image of a file system, mounted by a loop device. For one thread. */
final class LoopMount implements AutoCloseable {
  private final Path directory;
  private final String device;

  private LoopMount(Path directory, String device) {
    this.directory = directory;
    this.device = device;
  }

  /**
   * Makes the image of an empty file system of a type, such as {@code ext4}; an ext4 is one that an
   * error ends, on which a spool may force files together.
   */
  static void make(Path image, String type, long bytes) throws IOException {
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(bytes);
    }
    if (type.equals("ext4")) {
      Command.run("mkfs.ext4", "-F", "-q", "-e", "remount-ro", image.toString());
    } else {
      Command.run("mkfs." + type, "-f", "-q", image.toString());
    }
  }

  /** Mounts an image; its file system recovers, if it has to. */
  static LoopMount of(Path image, String type, Path directory) throws IOException {
    String device = Command.run("losetup", "--find", "--show", image.toString()).strip();
    try {
      Command.run("mount", "-t", type, device, Files.createDirectories(directory).toString());
    } catch (IOException e) {
      Command.run("losetup", "--detach", device);
      throw e;
    }
    return new LoopMount(directory, device);
  }

  @Override
  public void close() throws IOException {
    Command.run("umount", directory.toString());
    Command.run("losetup", "--detach", device);
  }
}
