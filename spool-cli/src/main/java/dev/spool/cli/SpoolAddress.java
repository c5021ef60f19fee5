package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.Spools;
import dev.spool.support.FormatMarker;
import dev.spool.support.SpoolDirectory;
import dev.spool.support.SpoolPaths;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the user wrote for SPOOL: a URI, or the path of a spool that exists, whose marker tells the
 * backend.
 */
final class SpoolAddress {
  /** A scheme has two characters at least, so that a drive letter is none. */
  private static final Pattern URI_FORM = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  /** The backends whose spools have a marker; those of others may have none. */
  private static final Set<String> MARKED = Set.of("file", "rocksdb", "journal");

  private final String text;

  SpoolAddress(String text) {
    this.text = text;
  }

  /** Opens to look at it, beside an owner that may be storing. */
  Spool openForReading() {
    String uri = uri();
    int query = uri.indexOf('?');
    boolean said = query >= 0 && uri.substring(query).matches("(?s).*[?&]readOnly=.*");
    if (uri.startsWith("memory:") || said) {
      return open(uri);
    }
    return open(uri + (query >= 0 ? "&" : "?") + "readOnly=true");
  }

  /** Opens to change it. */
  Spool openForWriting() {
    refuseReadOnly();
    return open(uri());
  }

  /** Opens a plain database, and makes a spool of it; a spool is opened as it is. */
  Spool openForAdoption() {
    refuseReadOnly();
    String uri = uri();
    return setting("adopt") != null
        ? open(uri)
        : open(uri + (uri.indexOf('?') >= 0 ? "&" : "?") + "adopt=true");
  }

  /**
   * Opens to change a spool that must be there already: looking after one never makes one.
   *
   * @throws CommandFailure if there is none
   */
  Spool openExisting() {
    refuseReadOnly();
    String uri = uri();
    Path directory = directory();
    boolean there =
        directory == null
            || recognise(directory).isPresent()
            || (!MARKED.contains(scheme(uri)) && holdsSomething(directory));
    if (uri.equals(text) && !there) {
      throw new CommandFailure(ExitStatus.CANNOT_OPEN, "there is no spool " + directory, null);
    }
    return open(uri);
  }

  private void refuseReadOnly() {
    String value = setting("readOnly");
    if (value != null && value.equalsIgnoreCase("true")) {
      throw new CommandFailure(
          ExitStatus.USAGE, "what is opened with readOnly=true cannot be changed", null);
    }
  }

  private Spool open(String uri) {
    try {
      return Spools.open(uri);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitStatus.USAGE, String.valueOf(e.getMessage()), e);
    } catch (SpoolException e) {
      throw new CommandFailure(ExitStatus.CANNOT_OPEN, String.valueOf(e.getMessage()), e);
    }
  }

  /** Returns the URI, made from the path if it is one. */
  String uri() {
    return URI_FORM.matcher(text).matches() ? text : uriOf(text);
  }

  /** Tells whether it is a spool in the memory of one process. */
  boolean isMemory() {
    return text.startsWith("memory:");
  }

  /**
   * Tells whether this and another are in the same directory, or one inside the other's, whatever
   * links lead there.
   */
  boolean overlaps(SpoolAddress other) {
    Path mine = directory();
    Path others = other.directory();
    if (mine == null || others == null) {
      return text.equals(other.text);
    }
    Path here = real(mine);
    Path there = real(others);
    return isIn(here, there) || isIn(there, here);
  }

  /** Tells whether a path is the spool's directory, or in it, whatever links lead there. */
  boolean contains(Path path) {
    Path mine = directory();
    return mine != null && isIn(real(path.toAbsolutePath()).normalize(), real(mine));
  }

  /** Tells whether a path is a directory or below it, wherever that is mounted. */
  private static boolean isIn(Path path, Path directory) {
    for (Path above = path; above != null; above = above.getParent()) {
      if (above.equals(directory) || isSame(above, directory)) {
        return true;
      }
    }
    return false;
  }

  /** A directory may be mounted in two places. */
  private static boolean isSame(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException e) {
      return false; // one is not there; or opening it says what is wrong
    }
  }

  /** Resolves links as far as the path exists: the last part of it may be still to be made. */
  private static Path real(Path path) {
    Path parent = path.getParent();
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return parent == null ? path : real(parent).resolve(String.valueOf(path.getFileName()));
    }
  }

  /** Returns the value of a setting, or null if the URI does not give it. */
  @Nullable String setting(String name) {
    int query = text.indexOf('?');
    if (query >= 0) {
      for (String pair : text.substring(query + 1).split("&", -1)) {
        if (pair.startsWith(name + "=")) {
          return decoded(pair.substring(name.length() + 1));
        }
      }
    }
    return null;
  }

  /** As opening decodes it: a plus sign stands for itself. */
  private static String decoded(String value) {
    try {
      return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return value; // opening says what is wrong with it
    }
  }

  /** Returns the spool's directory, or null if it has none. */
  @Nullable Path directory() {
    String uri = uri();
    if (uri.startsWith("memory:")) {
      return null;
    }
    int query = uri.indexOf('?');
    try {
      Path path = SpoolPaths.of(URI.create(query < 0 ? uri : uri.substring(0, query)));
      return path.toAbsolutePath().normalize();
    } catch (IllegalArgumentException e) {
      return null; // opening says what is wrong with it
    }
  }

  private static String scheme(String uri) {
    return uri.substring(0, uri.indexOf(':')).toLowerCase(Locale.ROOT);
  }

  /** Returns the URI of a spool of the same backend and settings in another directory. */
  String uriIn(Path directory) {
    String uri = uri();
    int query = uri.indexOf('?');
    return scheme(uri) + ":" + rawPath(directory) + (query < 0 ? "" : uri.substring(query));
  }

  private static String uriOf(String text) {
    Path path = path(text);
    refuseSettings(text);
    Optional<FormatMarker> marker = recognise(path);
    if (marker.isPresent()) {
      return marker.get().scheme() + ":" + rawPath(path);
    }
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new CommandFailure(
          ExitStatus.CANNOT_OPEN, path + " is not a directory, and so not a spool", null);
    }
    String wrong =
        Files.exists(path)
            ? path + " is not a spool: it has no marker file SPOOL"
            : "there is no spool " + path;
    throw new CommandFailure(ExitStatus.CANNOT_OPEN, wrong + "; " + remedy(path), null);
  }

  private static String remedy(Path path) {
    if (Files.exists(path.resolve("CURRENT"))) {
      return "a RocksDB database becomes one by 'spool adopt rocksdb:" + path + "'";
    }
    return holdsSomething(path)
        ? "if it was one, put that file back from a copy"
        : "to make a new one, name its backend: file:" + path + " or rocksdb:" + path;
  }

  /** Tells whether it is a directory in which no new spool would be made. */
  private static boolean holdsSomething(Path path) {
    try (Stream<Path> entries = Files.list(path)) {
      return entries.findAny().isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /** A path has no settings: what looks like them is part of its name, if it is there. */
  private static void refuseSettings(String text) {
    int query = text.indexOf('?');
    if (query < 0 || text.indexOf('=', query) < 0 || Files.exists(path(text))) {
      return;
    }
    Path path = path(text.substring(0, query));
    String scheme = recognise(path).map(FormatMarker::scheme).orElse("file");
    throw new CommandFailure(
        ExitStatus.CANNOT_OPEN,
        "settings need a URI: " + scheme + ":" + rawPath(path) + text.substring(query),
        null);
  }

  static Optional<FormatMarker> recognise(Path path) {
    try {
      return SpoolDirectory.recognise(path);
    } catch (SpoolException e) {
      throw new CommandFailure(ExitStatus.CANNOT_OPEN, String.valueOf(e.getMessage()), e);
    }
  }

  private static Path path(String text) {
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new CommandFailure(ExitStatus.USAGE, "not a path: " + e.getMessage(), e);
    }
  }

  /** Without the slash that the JDK puts behind a directory. */
  private static String rawPath(Path path) {
    String raw = path.toUri().getRawPath();
    return raw.length() > 1 && raw.endsWith("/") ? raw.substring(0, raw.length() - 1) : raw;
  }

  @Override
  public String toString() {
    return text;
  }
}
