package dev.spool.testkit;

import dev.spool.torture.Death;
import dev.spool.torture.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A real file system whose power is cut: it lies on a loop device, whose image is cloned at the
 * moment of the cut, while the process that uses it goes on working. What the file system had not
 * written to the device by then, since nobody had asked it to, is not in the clone; the clone is
 * mounted in its place, and the file system recovers.
 *
 * <p>The image lies on an XFS, which clones it by reflink, as of one moment: no write gets in
 * meanwhile. What the device was told is in the clone. So the device's own cache is never lost:
 * that a file system asks for it to be flushed is not shown. The XFS is on a tmpfs, for speed.
 *
 * <p>Takes root, a tmpfs, loop devices and {@code mkfs.xfs} ({@link Required}).
 */
final class LoopPowerCut implements Death, AutoCloseable {
  private static final Path TMPFS = Path.of("/dev/shm");

  /** Room for several images; what is not written takes none. */
  private static final long HOST_BYTES = 4L << 30;

  private final String type;
  private final Path work;
  private final LoopMount host;
  private Path image;
  private LoopMount disk;
  private int cuts;

  /** What is left when the power fails. */
  private @Nullable Path clone;

  private LoopPowerCut(String type, Path work, LoopMount host, Path image, LoopMount disk) {
    this.type = type;
    this.work = work;
    this.host = host;
    this.image = image;
    this.disk = disk;
  }

  /** Makes and mounts a file system of a type, such as {@code ext4}. */
  static LoopPowerCut make(String type, int mebibytes) throws IOException {
    Required.require(
        Command.tried("id", "-u").equals("0\n"), "it takes root to mount a file system");
    Required.require(
        Command.tried("df", "--output=fstype", TMPFS.toString()).contains("tmpfs"),
        TMPFS + " is no tmpfs");
    Path work = Files.createTempDirectory(TMPFS, "spool-power-cut-");
    try {
      Path hostImage = work.resolve("host.image");
      LoopMount.make(hostImage, "xfs", HOST_BYTES);
      LoopMount host = LoopMount.of(hostImage, "xfs", work.resolve("host"));
      try {
        Path image = work.resolve("host").resolve("image-0");
        LoopMount.make(image, type, (long) mebibytes << 20);
        LoopMount disk = LoopMount.of(image, type, work.resolve("disk"));
        return new LoopPowerCut(type, work, host, image, disk);
      } catch (IOException e) {
        host.close();
        throw e;
      }
    } catch (IOException e) {
      delete(work);
      Required.require(
          false, "no " + type + " can be mounted on an XFS by loop devices: " + e.getMessage());
      throw e;
    }
  }

  /** Returns the directory at its root. */
  Path directory() {
    return work.resolve("disk");
  }

  @Override
  public Fault fault() {
    return Fault.POWER_CUT;
  }

  @Override
  public void strike() throws IOException {
    clone = cloned();
  }

  private Path cloned() throws IOException {
    Path made = image.resolveSibling("image-" + ++cuts);
    Command.run("cp", "--reflink=always", image.toString(), made.toString());
    return made;
  }

  @Override
  public void restore() throws IOException {
    Path left = clone == null ? cloned() : clone; // null if the process has died by itself
    clone = null;
    disk.close(); // which writes all the rest, to where nobody looks any more
    Files.delete(image);
    image = left;
    disk = LoopMount.of(image, type, directory());
  }

  @Override
  public void close() throws IOException {
    try {
      disk.close();
    } finally {
      try {
        host.close();
      } finally {
        delete(work);
      }
    }
  }

  private static void delete(Path work) throws IOException {
    Files.deleteIfExists(work.resolve("host.image"));
    Files.deleteIfExists(work.resolve("host"));
    Files.deleteIfExists(work.resolve("disk"));
    Files.delete(work);
  }
}
