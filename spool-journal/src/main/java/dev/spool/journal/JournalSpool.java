package dev.spool.journal;

import dev.spool.Experimental;
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
 * A spool in a log: messages are written one behind the other into segments that were written
 * before, and a segment is written over when nothing in it is needed any more. {@code
 * docs/format-journal.md} has the layout.
 *
 * <p><b>Experimental</b>: its format may change, and it has not earned the trust that the other
 * backends have.
 */
@Experimental
public final class JournalSpool extends LocalSpool {
  static final String SCHEME = "journal";

  private JournalSpool(Builder settings) {
    super(
        SCHEME,
        settings,
        context ->
            Opening.open(
                settings.disk(),
                settings.directory,
                settings.segmentSize,
                settings.preallocation(),
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
  public static JournalSpool open(Path directory) {
    return builder(directory).open();
  }

  /** Returns the settings of the spool in {@code directory}, to be changed and then opened. */
  public static Builder builder(Path directory) {
    return new Builder(directory);
  }

  /** The settings of a {@link JournalSpool}. Not thread-safe. */
  public static final class Builder extends LocalSpoolBuilder<Builder> {
    private static final int LARGEST_SEGMENT = 1 << 30;

    private final Path directory;
    private @Nullable Disk disk;
    private String fileMode = "0600";
    private String directoryMode = "0700";
    private int segmentSize = 64 << 20;
    private long preallocate;

    private Builder(Path directory) {
      super(SpoolPaths.name(directory));
      this.directory = directory;
      setting("fileMode", Function.identity(), this::fileMode);
      setting("directoryMode", Function.identity(), this::directoryMode);
      setting("segmentSize", SettingValues::size, this::segmentSize);
      setting("preallocate", SettingValues::size, this::preallocate);
    }

    @Override
    protected Builder self() {
      return this;
    }

    /**
     * The permissions of new files, as three octal digits; by default {@code 0600}. The owner has
     * to be able to read and write.
     */
    public Builder fileMode(String mode) {
      DiskPermissions.ofModes(mode, directoryMode);
      fileMode = mode;
      return this;
    }

    /**
     * The permissions of new directories, as three octal digits; by default {@code 0700}. The owner
     * has to be able to read, write and search.
     */
    public Builder directoryMode(String mode) {
      DiskPermissions.ofModes(fileMode, mode);
      directoryMode = mode;
      return this;
    }

    /**
     * The length of new segments, from 32 KiB to 1 GiB, rounded down to 4 KiB; by default 64 MiB. A
     * few of them are kept in reserve. A message that does not fit gets a segment of its own.
     */
    public Builder segmentSize(long bytes) {
      if (bytes > LARGEST_SEGMENT) {
        throw new IllegalArgumentException("must be at most 1 GiB, not " + bytes);
      }
      segmentSize =
          (int) SettingValues.atLeast(Format.SMALLEST_SEGMENT, bytes) / Format.BLOCK * Format.BLOCK;
      return this;
    }

    /**
     * The bytes of segments to be there from the start, and to be kept; by default 0: they are made
     * as they are needed, and up to eight that are free are kept.
     *
     * <p>A segment is written from end to end before it is used, so a backlog that grows beyond
     * what is there takes each byte to the disk twice. The first opening takes as long as writing
     * so many bytes. It makes fewer, and says so, rather than leave less free than {@code
     * minFreeSpace}.
     */
    public Builder preallocate(long bytes) {
      preallocate = SettingValues.atLeast(0, bytes);
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

    private Preallocation preallocation() {
      return new Preallocation(preallocate, spaceGuard());
    }

    private boolean readOnly() {
      return isReadOnly();
    }

    /** Opens the spool, as {@link JournalSpool#open} says. */
    public JournalSpool open() {
      return new JournalSpool(this);
    }
  }
}
