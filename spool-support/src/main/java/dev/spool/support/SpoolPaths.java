package dev.spool.support;

import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Finds the directory that a spool's URI names. */
public final class SpoolPaths {
  private SpoolPaths() {}

  /**
   * Returns the directory of {@code SCHEME:/path} or {@code SCHEME:relative/path}.
   *
   * @throws IllegalArgumentException if the URI names a host, or no path
   */
  public static Path of(URI uri) {
    String path = uri.isOpaque() ? uri.getSchemeSpecificPart() : uri.getPath();
    if (uri.getAuthority() != null) {
      throw new IllegalArgumentException(
          "'" + uri + "' names a host; a local spool is " + uri.getScheme() + ":/path");
    }
    if (path == null || path.isEmpty()) {
      throw new IllegalArgumentException(
          "'" + uri + "' names no directory: " + uri.getScheme() + ":/path");
    }
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("'" + uri + "' names no directory: " + e.getMessage(), e);
    }
  }

  /** Returns the last element of a path as a name; of the root, the path. */
  public static String name(Path directory) {
    Path last = directory.toAbsolutePath().normalize().getFileName();
    return last == null ? directory.toString() : last.toString();
  }
}
