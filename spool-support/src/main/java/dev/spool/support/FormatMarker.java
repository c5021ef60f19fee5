package dev.spool.support;

import dev.spool.UnsupportedFormatException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * What makes a directory a spool: its file {@code SPOOL}, which says who can open it. {@link
 * MarkerText} has its form.
 *
 * <p>It is written once, when the spool is made, and replaced only to record a feature. A release
 * that knows a newer format goes on writing the one that it found.
 *
 * @param scheme the backend, as in its URIs: {@code file}
 * @param version the version of the backend's format, from 1
 * @param requiredFeatures what must be known to open the spool: lower-case letters, digits and
 *     dashes
 * @param optionalFeatures what may be ignored
 * @param storeId the spool's own id, random
 * @param created when the spool was made, to the second
 */
public record FormatMarker(
    String scheme,
    int version,
    Set<String> requiredFeatures,
    Set<String> optionalFeatures,
    UUID storeId,
    Instant created) {

  private static final String WORD = "[a-z0-9][a-z0-9-]*";

  /** Checks that the values can be written down. */
  public FormatMarker {
    if (!scheme.matches(WORD)) {
      throw new IllegalArgumentException("not a scheme: " + scheme);
    }
    if (version < 1) {
      throw new IllegalArgumentException("not a format version: " + version);
    }
    requiredFeatures = words(requiredFeatures);
    optionalFeatures = words(optionalFeatures);
    created = created.truncatedTo(ChronoUnit.SECONDS);
  }

  private static Set<String> words(Set<String> features) {
    for (String feature : features) {
      if (!feature.matches(WORD)) {
        throw new IllegalArgumentException("not the name of a feature: " + feature);
      }
    }
    return Collections.unmodifiableSet(new TreeSet<>(features));
  }

  /** Returns the marker of a spool that is made now, with a new id. */
  public static FormatMarker fresh(String scheme, int version, Set<String> requiredFeatures) {
    return new FormatMarker(
        scheme, version, requiredFeatures, Set.of(), UUID.randomUUID(), Instant.now());
  }

  /** Returns the same marker with these optional features. */
  public FormatMarker withOptionalFeatures(Set<String> features) {
    return new FormatMarker(scheme, version, requiredFeatures, features, storeId, created);
  }

  /**
   * Reads the marker of a directory.
   *
   * @return empty if the directory has none, or does not exist
   * @throws UnsupportedFormatException if there is one that cannot be understood
   * @throws IOException if it cannot be read now
   */
  public static Optional<FormatMarker> read(Disk disk, Path directory) throws IOException {
    Path file = directory.resolve(ReservedNames.MARKER);
    FileFacts facts;
    try {
      facts = disk.facts(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (!facts.regularFile()) {
      throw damaged(directory, "it is not a regular file");
    }
    if (facts.length() > MarkerText.LONGEST) {
      throw damaged(directory, "it has " + facts.length() + " bytes, far too many");
    }
    byte[] bytes = SmallFile.read(disk, file, MarkerText.LONGEST);
    try {
      return Optional.of(MarkerText.parse(bytes));
    } catch (MarkerText.Unreadable e) {
      throw damaged(directory, String.valueOf(e.getMessage()));
    }
  }

  private static UnsupportedFormatException damaged(Path directory, String why) {
    return new UnsupportedFormatException(
        directory.toString(),
        String.format(
            Locale.ROOT,
            "its marker file %s cannot be understood: %s; nothing was touched; put back the file from a copy",
            ReservedNames.MARKER,
            why));
  }

  /**
   * Writes the marker, and forces it and its name: on return it survives a power cut, and at any
   * moment before, the directory has the marker that it had, or this one.
   */
  public void write(Disk disk, Path directory) throws IOException {
    SmallFile.replace(
        disk,
        directory.resolve(ReservedNames.MARKER),
        directory.resolve(ReservedNames.MARKER_TEMPORARY),
        MarkerText.format(this));
    disk.forceDirectory(directory);
  }

  /**
   * Refuses what must not be opened.
   *
   * @param directory the spool, for the message
   * @param backend the scheme of the backend that wants to open it
   * @param newestVersion the newest version of that backend's format that is known here
   * @param known the features that are known here
   * @throws UnsupportedFormatException if it is another backend's, or newer, or needs a feature
   *     that is not known
   */
  public void check(Path directory, String backend, int newestVersion, Set<String> known) {
    if (!scheme.equals(backend)) {
      throw refusal(
          directory,
          "it is a spool of the backend %s, not %s; its URI is %s:%s",
          scheme,
          backend,
          scheme,
          directory.toAbsolutePath());
    }
    if (version > newestVersion) {
      throw refusal(
          directory,
          "it is of format version %d, and this release knows versions up to %d; use a newer release",
          version,
          newestVersion);
    }
    Set<String> missing = new TreeSet<>(requiredFeatures);
    missing.removeAll(known);
    if (!missing.isEmpty()) {
      throw refusal(
          directory,
          "it needs what this release does not know: %s; use a newer release",
          String.join(", ", missing));
    }
  }

  private static UnsupportedFormatException refusal(
      Path directory, String format, Object... values) {
    return new UnsupportedFormatException(
        directory.toString(), String.format(Locale.ROOT, format, values));
  }
}
