package dev.spool.testkit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A small file system, mounted for a test: it is really full when it is full, read-only when the
 * kernel makes it so, and gone when it is unmounted. Takes Linux, root and a loop device ({@link
 * Required}).
 *
 * <p>For one thread.
 */
public final class MountedDisk implements AutoCloseable {
  private final Path mounted;
  private final String[] mounting;
  private boolean isThere;

  /** What its loop device took at once before, in KiB; null if that was not changed. */
  private @Nullable String requestKib;

  private MountedDisk(Path mounted, String... mounting) {
    this.mounted = mounted;
    this.mounting = mounting;
  }

  /**
   * Makes and mounts an ext4 that lies in a file, and keeps no room for root.
   *
   * @param directory where file and mount point are made
   * @param options of {@code mkfs.ext4}
   */
  public static MountedDisk ext4(Path directory, int mebibytes, String... options)
      throws IOException {
    requireRoot();
    Path image = directory.resolve("image");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) mebibytes << 20);
    }
    String made =
        Command.tried(
            Stream.of(
                    List.of("mkfs.ext4", "-q", "-F", "-m", "0"),
                    List.of(options),
                    List.of(image.toString()))
                .flatMap(List::stream)
                .toArray(String[]::new));
    Required.require(made.isEmpty(), "mkfs.ext4 does not work: " + made);
    return first(directory, "-o", "loop,errors=remount-ro", image.toString());
  }

  /**
   * Makes and mounts an XFS that lies in a file. It takes {@code mkfs.xfs}.
   *
   * @param directory where file and mount point are made
   */
  public static MountedDisk xfs(Path directory, int mebibytes) throws IOException {
    requireRoot();
    Path image = directory.resolve("image");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) mebibytes << 20);
    }
    try {
      // Else it makes none of less than 300 MiB.
      Command.run("mkfs.xfs", "--unsupported", "-q", "-f", image.toString());
    } catch (IOException e) {
      Required.require(false, "mkfs.xfs does not work: " + e.getMessage());
    }
    return first(directory, "-t", "xfs", "-o", "loop", image.toString());
  }

  /**
   * Makes and mounts a btrfs that lies in a file. It takes {@code mkfs.btrfs} and {@code btrfs}.
   *
   * @param directory where file and mount point are made
   */
  static MountedDisk btrfs(Path directory, int mebibytes) throws IOException {
    requireRoot();
    Path image = directory.resolve("image");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) mebibytes << 20);
    }
    try {
      Command.run("mkfs.btrfs", "-q", "-f", image.toString());
    } catch (IOException e) {
      Required.require(false, "mkfs.btrfs does not work: " + e.getMessage());
    }
    return first(directory, "-t", "btrfs", "-o", "loop", image.toString());
  }

  /** Makes a directory with a quota, on a btrfs: to the rest of the system there is more room. */
  Path limited(int mebibytes) throws IOException {
    Path limited = mounted.resolve("limited");
    Command.run("btrfs", "-q", "subvolume", "create", limited.toString());
    Command.run("btrfs", "-q", "quota", "enable", mounted.toString());
    limit(limited, mebibytes);
    return limited;
  }

  /** Changes such a quota: from outside, as the change itself would need room within. */
  void limit(Path limited, int mebibytes) throws IOException {
    String id = Command.run("btrfs", "inspect-internal", "rootid", limited.toString()).strip();
    Command.run("btrfs", "-q", "qgroup", "limit", mebibytes + "M", "0/" + id, mounted.toString());
  }

  /**
   * Mounts a tmpfs.
   *
   * @param directory where the mount point is made
   */
  public static MountedDisk tmpfs(Path directory, int mebibytes) throws IOException {
    requireRoot();
    return first(directory, "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs");
  }

  /**
   * Mounts a tmpfs of few files.
   *
   * @param directory where the mount point is made
   * @param inodes how many files and directories it can have
   */
  public static MountedDisk tmpfs(Path directory, int mebibytes, int inodes) throws IOException {
    requireRoot();
    String size = "size=" + mebibytes + "m,nr_inodes=" + inodes;
    return first(directory, "-t", "tmpfs", "-o", size, "tmpfs");
  }

  private static void requireRoot() {
    Required.require(
        Command.tried("id", "-u").equals("0\n"), "it takes root to mount a file system");
  }

  private static MountedDisk first(Path directory, String... how) throws IOException {
    Path mounted = Files.createDirectory(directory.resolve("mounted"));
    MountedDisk disk =
        new MountedDisk(
            mounted,
            Stream.of(List.of("mount"), List.of(how), List.of(mounted.toString()))
                .flatMap(List::stream)
                .toArray(String[]::new));
    try {
      disk.mount();
    } catch (IOException e) {
      Required.require(false, "it cannot be mounted: " + e.getMessage());
    }
    return disk;
  }

  /** Returns the directory at its root. */
  public Path directory() {
    return mounted;
  }

  /**
   * Has its loop device written to page by page, until it is unmounted. Else that takes a write of
   * which only a part could be made for one that was: as of Linux 6.18 nobody is told what became
   * of the rest.
   */
  public void writePageByPage() throws IOException {
    Path limit = requestLimit();
    requestKib = Files.readString(limit).strip();
    Files.writeString(limit, "4");
  }

  /** A loop device keeps that for whoever has it next, and would be several times slower there. */
  private void writeAsBefore() throws IOException {
    String before = requestKib;
    if (before != null) {
      String ignored = Command.tried("sync", "-f", mounted.toString()); // page by page, still
      Files.writeString(requestLimit(), before);
      requestKib = null;
    }
  }

  private Path requestLimit() throws IOException {
    return Path.of("/sys/block", device(), "queue", "max_sectors_kb");
  }

  private String device() throws IOException {
    String source = Command.run("findmnt", "-n", "-o", "SOURCE", mounted.toString());
    return source.strip().replace("/dev/", "");
  }

  /** Returns how many bytes are free. */
  public long free() throws IOException {
    return Files.getFileStore(mounted).getUsableSpace();
  }

  /** Takes all room that is left but {@code bytes}, in a file; returns that. */
  public Path fill(long bytes) throws IOException {
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
      shorten(file, bytes); // somebody has taken room meanwhile
    }
    return file;
  }

  private static void shorten(Path file, long bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(Math.max(0, channel.size() - bytes));
    }
  }

  /** Lets the kernel find an error in an ext4, upon which it makes it read-only. */
  public void fail() throws IOException {
    Path trigger = Path.of("/sys/fs/ext4", device(), "trigger_fs_error");
    Required.granted(Files.exists(trigger), "this kernel has no " + trigger);
    Files.writeString(trigger, "a test of a spool");
  }

  /**
   * Mounts it in another way, as an administrator does.
   *
   * @param how {@code ro}, say
   * @throws IOException if the kernel refuses
   */
  public void remount(String how) throws IOException {
    Command.run("mount", "-o", "remount," + how, mounted.toString());
  }

  /** Takes it away, whoever has files open. */
  public void unmount() throws IOException {
    try {
      writeAsBefore();
    } finally {
      Command.run("umount", "-l", mounted.toString());
      isThere = false;
    }
  }

  /** Puts it back. */
  public void mount() throws IOException {
    Command.run(mounting);
    isThere = true;
  }

  /** Takes it away; fails if somebody has files open. */
  @Override
  public void close() throws IOException {
    if (isThere) {
      try {
        writeAsBefore();
        Command.run("umount", mounted.toString());
      } catch (IOException e) {
        unmount();
        throw e;
      }
    }
  }
}
