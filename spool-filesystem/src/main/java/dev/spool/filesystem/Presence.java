package dev.spool.filesystem;

import dev.spool.UnsupportedFormatException;
import dev.spool.support.Disk;
import dev.spool.support.FormatMarker;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/**
 * Tells whether the spool is still where it was opened. A file that is not there means that its
 * message is not there only if the spool is: where a file system was unmounted or a directory moved
 * away beneath a live spool, every message would seem to be gone, to be removed with success, and
 * no scan would miss it.
 *
 * <p>Asked only after something was not found, since it reads a file. Immutable; thread-safe.
 */
final class Presence {
  private final Disk disk;
  private final FileLayout layout;
  private final FormatMarker marker;

  /** Whether the spool may lack its directory of messages, as one whose making was cut short. */
  private final boolean mayLackData;

  Presence(Disk disk, FileLayout layout, FormatMarker marker, boolean mayLackData) {
    this.disk = disk;
    this.layout = layout;
    this.marker = marker;
    this.mayLackData = mayLackData;
  }

  /**
   * Returns normally if the spool is there.
   *
   * @throws IOException if it is not, or if that cannot be found out now
   */
  void check() throws IOException {
    Optional<FormatMarker> found;
    try {
      found = FormatMarker.read(disk, layout.root());
    } catch (UnsupportedFormatException e) {
      throw new IOException(gone(), e);
    }
    if (!found.map(FormatMarker::storeId).equals(Optional.of(marker.storeId()))) {
      throw new IOException(gone());
    }
    if (!mayLackData && !hasData()) {
      // Not made again: had it been moved away, its messages would seem to be gone for good.
      throw new IOException(
          layout.data()
              + " is not there any more; move it back, or make it again if there were no messages");
    }
  }

  private boolean hasData() throws IOException {
    try {
      return disk.facts(layout.data()).directory();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private String gone() {
    return "the spool that was opened at "
        + layout.root()
        + " is not there any more; mount it, or move it back";
  }
}
