package dev.spool.support;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** An open spool directory: there, claimed, and of a format that its opener knows. */
public final class SpoolDirectory implements AutoCloseable {
  private final Path path;
  private final FormatMarker marker;
  private final Disk disk;

  private SpoolDirectory(Path path, FormatMarker marker, Disk disk) {
    this.path = path;
    this.marker = marker;
    this.disk = disk;
  }

  /**
   * Opens a spool directory; creates it unless it is opened read-only. All failures are typed:
   * {@code UnsupportedFormatException}, {@code SpoolLockedException}, {@code SpoolFullException},
   * {@code SpoolIOException}.
   *
   * @param version the newest version of the format known here, in which a new spool is made
   * @param features all features known here, which a new spool requires
   */
  public static SpoolDirectory open(
      Disk disk, Path path, String scheme, int version, Set<String> features, boolean readOnly) {
    throw new UnsupportedOperationException();
  }

  /**
   * Takes a directory over that is not a spool yet, and may hold anything: claims it, lets {@code
   * inspection} refuse it by throwing, and writes the marker last.
   */
  public static SpoolDirectory adopt(
      Disk disk,
      Path path,
      String scheme,
      int version,
      Set<String> features,
      Inspection inspection) {
    throw new UnsupportedOperationException();
  }

  /** Returns the marker of the spool at {@code path}; empty if that is no spool. */
  public static Optional<FormatMarker> recognise(Path path) {
    throw new UnsupportedOperationException();
  }

  /** Returns the directory, absolute. */
  public Path path() {
    return path;
  }

  /** Returns what the marker says. */
  public FormatMarker marker() {
    return marker;
  }

  /** Returns the disk that it lies on. */
  public Disk disk() {
    return disk;
  }

  /** Gives the directory up. Idempotent. */
  @Override
  public void close() {}

  /** Looks at a directory before it becomes a spool. */
  @FunctionalInterface
  public interface Inspection {
    /** Returns normally if {@code directory} may become a spool. */
    void inspect(Path directory) throws IOException;
  }
}
