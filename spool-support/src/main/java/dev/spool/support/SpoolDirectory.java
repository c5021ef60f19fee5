package dev.spool.support;

import dev.spool.SpoolException.Outcome;
import dev.spool.UnsupportedFormatException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An open spool directory: it is there, it is claimed, and its format is known to whoever opened
 * it.
 *
 * <p>A directory that is not a spool of this kind is refused before anything in it is touched. A
 * new one becomes a spool by its marker, which is written last, under the lock: of two processes
 * that make the same spool one does, and a crash in between leaves a directory that the next
 * opening completes.
 *
 * <p>Thread-safe. The file calls of opening run on a thread of their own, so that interrupting the
 * caller harms nothing.
 */
public final class SpoolDirectory implements AutoCloseable {
  /** How many strange names to list in a refusal. */
  private static final int NAMES_SHOWN = 5;

  private final Path path;
  private final FormatMarker marker;
  private final Disk disk;

  /** Null if it was opened read-only. */
  private final @Nullable DirectoryLock lock;

  private SpoolDirectory(Path path, FormatMarker marker, Disk disk, @Nullable DirectoryLock lock) {
    this.path = path;
    this.marker = marker;
    this.disk = disk;
    this.lock = lock;
  }

  /**
   * Opens a spool directory. Unless it is opened read-only, a missing one is made, with those above
   * it, durably, an empty one becomes a spool, and the directory is claimed until {@link #close}.
   * Logs one warning if others can read it, and one if its file system does not keep what SYNC
   * promises.
   *
   * @param disk where it lies
   * @param path the directory; may be a symbolic link to it
   * @param scheme the backend's, as in its URIs
   * @param version the newest version of the backend's format that is known here, in which a new
   *     spool is made
   * @param features all features that are known here, which a new spool requires
   * @param readOnly to look at a spool, beside its owner or without one, taking no lock and writing
   *     nothing
   * @throws UnsupportedFormatException if it is not a spool of this backend, or not one that can be
   *     opened here; it was not touched
   * @throws dev.spool.SpoolLockedException if it is open elsewhere
   * @throws dev.spool.SpoolFullException if there is no room to make it
   * @throws dev.spool.SpoolIOException if the storage failed, or does not permit it
   */
  public static SpoolDirectory open(
      Disk disk, Path path, String scheme, int version, Set<String> features, boolean readOnly) {
    Opening opening = new Opening(disk, path.toAbsolutePath(), scheme, version, features);
    return readOnly
        ? attempt("open the spool " + path + " read-only", opening::readOnly)
        : attempt("open the spool " + path, () -> opening.readWrite(SpoolDirectory::refuseForeign));
  }

  /**
   * Opens a directory that holds what a backend can take over, though it is no spool yet. It is
   * claimed as by {@link #open}; if it has no marker, {@code inspection} is run, and the marker is
   * written after it. A spool is opened as it is.
   *
   * @param disk where it lies
   * @param path the directory; may be a symbolic link to it
   * @param scheme the backend's, as in its URIs
   * @param version the newest version of the backend's format that is known here, in which the
   *     marker is written
   * @param features all features that are known here, which the marker requires
   * @param inspection looks at what is there, and refuses by throwing; may rearrange it, if it can
   *     go on after a crash
   * @throws UnsupportedFormatException as {@link #open}, or from {@code inspection}
   * @throws dev.spool.SpoolLockedException if it is open elsewhere
   * @throws dev.spool.SpoolFullException if there is no room for the marker
   * @throws dev.spool.SpoolIOException if the storage failed, or does not permit it
   */
  public static SpoolDirectory adopt(
      Disk disk,
      Path path,
      String scheme,
      int version,
      Set<String> features,
      Inspection inspection) {
    Opening opening = new Opening(disk, path.toAbsolutePath(), scheme, version, features);
    return attempt("adopt " + path, () -> opening.adopt(inspection));
  }

  /**
   * Tells what spool is at {@code path}, whatever the backend; reads one small file.
   *
   * @return empty if there is no spool
   * @throws UnsupportedFormatException if there is one whose marker cannot be understood
   * @throws dev.spool.SpoolIOException if that cannot be found out now
   */
  public static Optional<FormatMarker> recognise(Path path) {
    return attempt("look at " + path, () -> recognise(Disk.system(), path));
  }

  private static Optional<FormatMarker> recognise(Disk disk, Path path) throws IOException {
    return directoryAt(disk, path) == Kind.DIRECTORY
        ? FormatMarker.read(disk, disk.realPath(path))
        : Optional.empty();
  }

  private static <T> T attempt(String what, OwnThread.Call<T> call) {
    try {
      return OwnThread.call(call);
    } catch (IOException e) {
      throw IoFailures.typed("cannot " + what, Outcome.NOT_APPLIED, e);
    }
  }

  /**
   * Returns the directory, absolute, with all symbolic links resolved: whoever turns one of them
   * elsewhere meanwhile moves nothing.
   */
  public Path path() {
    return path;
  }

  /** Returns what its marker said when it was opened. */
  public FormatMarker marker() {
    return marker;
  }

  /** Returns the disk that it lies on. */
  public Disk disk() {
    return disk;
  }

  /** Gives the directory up. Idempotent. To be called when nothing uses it any more. */
  @Override
  public void close() {
    if (lock != null) {
      lock.close();
    }
  }

  /** Refuses a directory that has no marker, and yet holds something. */
  private static void refuseForeign(Disk disk, Path directory) throws IOException {
    List<String> foreign = new ArrayList<>();
    disk.list(
        directory,
        entry -> {
          String name = String.valueOf(entry.getFileName());
          if (!ReservedNames.contains(name)) {
            foreign.add(name.replaceAll("\\p{Cntrl}", "?"));
          }
          return foreign.size() <= NAMES_SHOWN;
        });
    if (foreign.isEmpty()) {
      return;
    }
    List<String> shown = foreign.subList(0, Math.min(NAMES_SHOWN, foreign.size()));
    throw new UnsupportedFormatException(
        directory.toString(),
        "it is not a spool, and not empty: it holds "
            + String.join(", ", shown)
            + (foreign.size() > NAMES_SHOWN ? " and more" : "")
            + "; nothing was touched; name an empty directory, or one that does not exist");
  }

  private static Kind directoryAt(Disk disk, Path path) throws IOException {
    try {
      return kind(disk.facts(disk.realPath(path)));
    } catch (NoSuchFileException e) {
      return atOrNothing(disk, path);
    }
  }

  /** Looks again, without following links: it may lead nowhere, or have been made this moment. */
  private static Kind atOrNothing(Disk disk, Path path) throws IOException {
    try {
      return kind(disk.facts(path));
    } catch (NoSuchFileException e) {
      return Kind.NOTHING;
    }
  }

  private static Kind kind(FileFacts facts) {
    return facts.directory() ? Kind.DIRECTORY : Kind.OTHER;
  }

  /** What is at a path, at the end of its symbolic links. */
  private enum Kind {
    NOTHING,
    DIRECTORY,
    /** A file, or a link that leads nowhere. */
    OTHER
  }

  /** Looks at a directory before it becomes a spool. */
  @FunctionalInterface
  public interface Inspection {
    /**
     * Returns normally if the directory may become a spool.
     *
     * @param directory which is claimed meanwhile
     */
    void inspect(Path directory) throws IOException;
  }

  /** Decides about a directory without a marker. */
  @FunctionalInterface
  private interface Unmarked {
    void check(Disk disk, Path directory) throws IOException;
  }

  /** One attempt to open a directory. */
  private record Opening(Disk disk, Path path, String scheme, int version, Set<String> features) {

    SpoolDirectory readOnly() throws IOException {
      refuseUnlessDirectory(true);
      Path real = disk.realPath(path);
      FormatMarker marker =
          FormatMarker.read(disk, real)
              .orElseThrow(
                  () ->
                      new UnsupportedFormatException(
                          path.toString(),
                          "it is not a spool: it has no marker file " + ReservedNames.MARKER));
      marker.check(real, scheme, version, features);
      return opened(real, marker, null);
    }

    SpoolDirectory readWrite(Unmarked unmarked) throws IOException {
      refuseUnlessDirectory(false);
      if (!isMarked(unmarked)) {
        // Also where it is there: whoever made it may have had no time to make it durable.
        disk.createDirectories(path);
      }
      return claim(disk.realPath(path), unmarked);
    }

    SpoolDirectory adopt(Inspection inspection) throws IOException {
      refuseUnlessDirectory(true);
      Path real = disk.realPath(path);
      Optional<FormatMarker> marker = FormatMarker.read(disk, real);
      if (marker.isPresent()) {
        marker.get().check(real, scheme, version, features);
      }
      return claim(real, (anyDisk, directory) -> inspection.inspect(directory));
    }

    private void refuseUnlessDirectory(boolean mustExist) throws IOException {
      Kind kind = directoryAt(disk, path);
      if (kind == Kind.OTHER) {
        throw new UnsupportedFormatException(path.toString(), "it is not a directory");
      }
      if (kind == Kind.NOTHING && mustExist) {
        throw new UnsupportedFormatException(path.toString(), "there is no such directory");
      }
    }

    /** Looks, and refuses, before anything is touched. */
    private boolean isMarked(Unmarked unmarked) throws IOException {
      if (directoryAt(disk, path) == Kind.NOTHING) {
        return false;
      }
      Path real = disk.realPath(path);
      Optional<FormatMarker> marker = FormatMarker.read(disk, real);
      if (marker.isEmpty()) {
        try {
          unmarked.check(disk, real);
        } catch (UnsupportedFormatException e) {
          // What it found may be the work of somebody who made a spool of it meanwhile.
          marker = FormatMarker.read(disk, real);
          if (marker.isEmpty()) {
            throw e;
          }
        }
      }
      if (marker.isPresent()) {
        marker.get().check(real, scheme, version, features);
      }
      return marker.isPresent();
    }

    /** Locks first, then looks again: what was seen before may be old. */
    private SpoolDirectory claim(Path real, Unmarked unmarked) throws IOException {
      DirectoryLock lock = DirectoryLock.acquire(disk, real);
      SpoolDirectory opened = null;
      try {
        Optional<FormatMarker> found = FormatMarker.read(disk, real);
        FormatMarker marker;
        if (found.isPresent()) {
          marker = found.get();
          marker.check(real, scheme, version, features);
          // Whoever wrote it may have ended before its name was durable, and without it what is
          // stored is no spool.
          disk.forceDirectory(real);
        } else {
          unmarked.check(disk, real);
          marker = FormatMarker.fresh(scheme, version, features);
          marker.write(disk, real);
        }
        opened = opened(real, marker, lock);
        return opened;
      } finally {
        if (opened == null) {
          lock.close();
        }
      }
    }

    private SpoolDirectory opened(Path real, FormatMarker marker, @Nullable DirectoryLock lock) {
      StorageWarnings.log(disk, real);
      return new SpoolDirectory(real, marker, disk, lock);
    }
  }
}
