package dev.spool.filesystem;

import dev.spool.support.Disk;
import dev.spool.support.DiskPermissions;
import dev.spool.support.LocalSpool;
import dev.spool.support.LocalSpoolBuilder;
import dev.spool.support.SettingValues;
import dev.spool.support.SpoolPaths;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A spool of one file per message: the message's bytes, then one line of text that proves them. Any
 * tool can read it. What a store costs is mostly what the file system takes to make a file: {@code
 * docs/adr/0015} has figures.
 *
 * <p>A {@link dev.spool.Durability#SYNC} store writes a temporary file, forces it, renames it into
 * its place, and forces the directory; stores that are under way together share that last force,
 * and on XFS, and on an ext4 mounted with {@code errors=remount-ro}, the first one, too. Loads and
 * scans verify the checksum of each file that they read. {@code docs/format-file.md} has the
 * layout.
 *
 * <p>After a power cut a {@link dev.spool.Durability#BUFFERED} store of the last seconds may be
 * found as a damaged entry, where the file system had written its name and not its contents. It is
 * never wrong bytes.
 *
 * <p>A message of {@code n} bytes takes {@code n + 84} bytes, rounded up to the file system's
 * blocks, and an inode.
 */
public final class FileSpool extends LocalSpool {
  static final String SCHEME = "file";

  /**
   * Opens it.
   *
   * @param recycled for this opening alone; a test may break its rules
   */
  FileSpool(Builder settings, RecycledFiles recycled) {
    super(
        SCHEME,
        settings,
        context ->
            Opening.open(
                settings.disk(),
                settings.directory,
                settings.writers,
                recycled,
                settings.readOnly(),
                context));
  }

  /**
   * Opens the spool in {@code directory} with the defaults, and makes it if there is none. Blocks
   * until it is open.
   *
   * @throws dev.spool.SpoolLockedException if it is open elsewhere
   * @throws dev.spool.UnsupportedFormatException if the directory is neither empty nor a spool of
   *     this kind, or is of a newer format
   * @throws dev.spool.SpoolException if it cannot be read or made
   */
  public static FileSpool open(Path directory) {
    return builder(directory).open();
  }

  /** Returns the settings of the spool in {@code directory}, to be changed and then opened. */
  public static Builder builder(Path directory) {
    return new Builder(directory);
  }

  /** The settings of a {@link FileSpool}. Not thread-safe. */
  public static final class Builder extends LocalSpoolBuilder<Builder> {
    private static final int MOST_WRITERS = 1024;

    private final Path directory;
    private @Nullable Disk disk;
    private String fileMode = "0600";
    private String directoryMode = "0700";
    private int writers = 64;
    private boolean recycling;

    private Builder(Path directory) {
      super(SpoolPaths.name(directory));
      this.directory = directory;
      setting("fileMode", Function.identity(), this::fileMode);
      setting("directoryMode", Function.identity(), this::directoryMode);
      setting("writers", SettingValues::count, this::writers);
      setting("recycling", SettingValues::flag, this::recycling);
    }

    @Override
    protected Builder self() {
      return this;
    }

    /**
     * The permissions of new files, as three octal digits; by default {@code 0600}. The owner has
     * to be able to read and write.
     *
     * @throws IllegalArgumentException if that is no such mode
     */
    public Builder fileMode(String mode) {
      DiskPermissions.ofModes(mode, directoryMode);
      fileMode = mode;
      return this;
    }

    /**
     * The permissions of new directories, as three octal digits; by default {@code 0700}. The owner
     * has to be able to read, write and search.
     *
     * @throws IllegalArgumentException if that is no such mode
     */
    public Builder directoryMode(String mode) {
      DiskPermissions.ofModes(fileMode, mode);
      directoryMode = mode;
      return this;
    }

    /**
     * The threads that write and force files, from 1 to 1,024; by default 64. They are started when
     * needed. As many {@link dev.spool.Durability#SYNC} stores are forced together, to share a
     * commit of the file system's journal; on a device that does one thing at a time a few are
     * enough.
     *
     * @throws IllegalArgumentException if there are fewer or more
     */
    public Builder writers(int threads) {
      if (threads > MOST_WRITERS) {
        throw new IllegalArgumentException("must be at most " + MOST_WRITERS + ", not " + threads);
      }
      writers = (int) SettingValues.atLeast(1, threads);
      return this;
    }

    /**
     * Whether files of removed messages are written over by new ones; by default they are not. It
     * saves the file system the making of files, for small messages that are soon removed; how much
     * of the time that is depends on the file system ({@code docs/adr/0011}, {@code 0015}): measure
     * it.
     *
     * <p>Not for spools whose files are read by other programs while the spool is open: {@code
     * rsync}, or a backup by hard links, may get another message's bytes under a name. Up to 4,096
     * files of 16 KiB are kept; they are deleted when the spool is closed, and when it refuses
     * stores.
     */
    public Builder recycling(boolean recycle) {
      recycling = recycle;
      return this;
    }

    /**
     * The file system to use, for tests; by default that of this machine. {@link #fileMode} and
     * {@link #directoryMode} are then this one's business.
     */
    public Builder disk(Disk disk) {
      this.disk = Objects.requireNonNull(disk, "disk");
      return this;
    }

    private Disk disk() {
      return disk == null ? Disk.system(DiskPermissions.ofModes(fileMode, directoryMode)) : disk;
    }

    private boolean readOnly() {
      return isReadOnly();
    }

    /** Opens the spool, as {@link FileSpool#open} says. */
    public FileSpool open() {
      return new FileSpool(this, new RecycledFiles(recycling));
    }
  }
}
