package dev.spool.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.spool.torture.Death;
import dev.spool.torture.Fault;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A real file system whose power is cut: it lies on a loop device, whose image is copied right
 * after the process that used it was killed. What the file system had not written to the device by
 * then, since nobody had asked it to, is not in the copy; the copy is mounted in its place, and the
 * file system recovers.
 *
 * <p>The image is on a tmpfs, where it holds exactly what the device was told to write. A copy
 * counts only if the device was idle all the while. So the device's own cache is never lost: that a
 * file system asks for it to be flushed is not shown.
 *
 * <p>Takes root, a tmpfs and loop devices; a test that has none is skipped, and says so.
 */
final class LoopPowerCut implements Death, AutoCloseable {
  private static final Path TMPFS = Path.of("/dev/shm");
  private static final int COPIES = 200;

  private final String type;
  private final Path work;
  private final Path mounted;
  private Path image;
  private String device = "";
  private int cuts;

  private LoopPowerCut(String type, Path work, Path mounted, Path image) {
    this.type = type;
    this.work = work;
    this.mounted = mounted;
    this.image = image;
  }

  /** Makes and mounts a file system of a type, such as {@code ext4}. */
  static LoopPowerCut make(String type, int mebibytes) throws IOException {
    assumeTrue(
        Command.tried("id", "-u").equals("0\n"), "skipped: it takes root to mount a file system");
    assumeTrue(Files.isDirectory(TMPFS), "skipped: there is no " + TMPFS);
    assumeTrue(
        Command.tried("df", "--output=fstype", TMPFS.toString()).contains("tmpfs"),
        "skipped: " + TMPFS + " is not a tmpfs");
    Path work = Files.createTempDirectory(TMPFS, "spool-power-cut-");
    Path image = work.resolve("image-0");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) mebibytes << 20);
    }
    String made =
        Command.tried("mkfs." + type, type.equals("ext4") ? "-F" : "-f", "-q", image.toString());
    assumeTrue(made.isEmpty(), "skipped: mkfs." + type + " does not work: " + made);
    LoopPowerCut disk =
        new LoopPowerCut(type, work, Files.createDirectory(work.resolve("mounted")), image);
    try {
      disk.mount();
    } catch (IOException e) {
      disk.close();
      assumeTrue(false, "skipped: no loop device can be mounted with " + type + ": " + e);
    }
    return disk;
  }

  private void mount() throws IOException {
    device = Command.run("losetup", "--find", "--show", image.toString()).strip();
    Command.run("mount", "-t", type, device, mounted.toString());
  }

  private void unmount() throws IOException {
    if (!device.isEmpty()) {
      Command.run("umount", mounted.toString());
      Command.run("losetup", "--detach", device);
      device = "";
    }
  }

  /** Returns the directory at its root. */
  Path directory() {
    return mounted;
  }

  @Override
  public Fault fault() {
    return Fault.POWER_CUT;
  }

  @Override
  public void restore() throws IOException {
    Path copy = work.resolve("image-" + ++cuts);
    capture(copy);
    unmount(); // which writes all the rest, to where nobody looks any more
    Files.delete(image);
    image = copy;
    mount();
  }

  private void capture(Path copy) throws IOException {
    Path statistics = Path.of("/sys/block", device.replace("/dev/", ""), "stat");
    for (int i = 0; i < COPIES; i++) {
      List<String> before = written(statistics);
      Command.run("cp", "--sparse=always", image.toString(), copy.toString());
      if (before.get(before.size() - 1).equals("0") && before.equals(written(statistics))) {
        return;
      }
    }
    throw new IOException(device + " is never idle: it cannot be copied as of one moment");
  }

  /** Returns how much was written, and how many requests are under way. */
  private static List<String> written(Path statistics) throws IOException {
    String[] words = Files.readString(statistics).strip().split(" +", -1);
    return List.of(words[4], words[6], words[8]);
  }

  @Override
  public void close() throws IOException {
    List<Path> left = new ArrayList<>();
    try {
      unmount();
    } finally {
      left.add(image);
      left.add(mounted);
      left.add(work);
      for (Path path : left) {
        Files.deleteIfExists(path);
      }
    }
  }
}
