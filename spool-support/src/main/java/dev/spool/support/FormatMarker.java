package dev.spool.support;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What the file {@code SPOOL} in a spool directory says.
 *
 * @param scheme the backend, as in its URIs: {@code file}
 * @param version the version of the backend's format, from 1
 * @param requiredFeatures without knowing which one must not open the spool
 * @param optionalFeatures that one may ignore
 * @param storeId the store's own id, random
 * @param created when the spool was made
 */
public record FormatMarker(
    String scheme,
    int version,
    Set<String> requiredFeatures,
    Set<String> optionalFeatures,
    UUID storeId,
    Instant created) {

  /** Returns the marker of a new spool, with a new store id. */
  public static FormatMarker fresh(String scheme, int version, Set<String> requiredFeatures) {
    throw new UnsupportedOperationException();
  }

  /** Reads the marker of a directory; empty if there is none. */
  public static Optional<FormatMarker> read(Disk disk, Path directory) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Writes the marker, so that it is there whole, or not at all. */
  public void write(Disk disk, Path directory) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Refuses what this release, or this backend, cannot open. */
  public void check(Path directory, String scheme, int newestVersion, Set<String> known) {
    throw new UnsupportedOperationException();
  }
}
