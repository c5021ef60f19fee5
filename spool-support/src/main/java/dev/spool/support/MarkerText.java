package dev.spool.support;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The marker file's form: lines of UTF-8, so that {@code cat} shows what a directory is.
 *
 * <pre>
 * spool=1                                     the version of this form
 * scheme=file                                 the backend
 * version=1                                   of the backend's format
 * required=                                   features, separated by commas
 * optional=
 * id=0b3c9b0e-6d5f-4c39-8a0e-5a4d8a1f2c11
 * created=2026-11-21T05:37:50Z
 * crc32c=1f00b4a7                             of all bytes before this line
 * </pre>
 *
 * Keys that are not known are ignored: what must not be ignored is a required feature, or a new
 * version.
 */
final class MarkerText {
  /** No marker is longer, in bytes. */
  static final int LONGEST = 65_536;

  private static final int FORM = 1;
  private static final String CHECKSUM_KEY = "crc32c=";

  private MarkerText() {}

  static byte[] format(FormatMarker marker) {
    String body =
        "spool="
            + FORM
            + "\nscheme="
            + marker.scheme()
            + "\nversion="
            + marker.version()
            + "\nrequired="
            + String.join(",", marker.requiredFeatures())
            + "\noptional="
            + String.join(",", marker.optionalFeatures())
            + "\nid="
            + marker.storeId()
            + "\ncreated="
            + marker.created()
            + "\n";
    return (body + checksumLine(body.getBytes(StandardCharsets.UTF_8)))
        .getBytes(StandardCharsets.UTF_8);
  }

  static FormatMarker parse(byte[] bytes) throws Unreadable {
    Map<String, String> values = values(verified(bytes));
    if (number(values, "spool") > FORM) {
      throw new Unreadable("it was written by a newer release");
    }
    try {
      return new FormatMarker(
          value(values, "scheme"),
          number(values, "version"),
          features(value(values, "required")),
          features(value(values, "optional")),
          UUID.fromString(value(values, "id")),
          Instant.parse(value(values, "created")));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new Unreadable(String.valueOf(e.getMessage()));
    }
  }

  private static String checksumLine(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    return String.format(Locale.ROOT, "%s%08x\n", CHECKSUM_KEY, crc.getValue());
  }

  /** Returns the text before the last line, which must be its checksum. */
  private static String verified(byte[] bytes) throws Unreadable {
    int checksumLength = CHECKSUM_KEY.length() + 8 + 1;
    int length = bytes.length - checksumLength;
    if (length < 0) {
      throw new Unreadable("it is cut off");
    }
    byte[] body = Arrays.copyOf(bytes, length);
    byte[] expected = checksumLine(body).getBytes(StandardCharsets.UTF_8);
    if (!Arrays.equals(bytes, length, bytes.length, expected, 0, expected.length)) {
      throw new Unreadable("its checksum is wrong");
    }
    return new String(body, StandardCharsets.UTF_8);
  }

  private static Map<String, String> values(String body) throws Unreadable {
    Map<String, String> values = new HashMap<>();
    for (String line : body.lines().toList()) {
      int equals = line.indexOf('=');
      if (equals < 1) {
        throw new Unreadable("a line of it is not key=value");
      }
      if (values.put(line.substring(0, equals), line.substring(equals + 1)) != null) {
        throw new Unreadable("it says " + line.substring(0, equals) + " twice");
      }
    }
    return values;
  }

  private static String value(Map<String, String> values, String key) throws Unreadable {
    String value = values.get(key);
    if (value == null) {
      throw new Unreadable("it does not say " + key);
    }
    return value;
  }

  private static int number(Map<String, String> values, String key) throws Unreadable {
    String value = value(values, key);
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new Unreadable(key + " is not a number: " + value);
    }
  }

  private static Set<String> features(String joined) {
    return joined.isEmpty() ? Set.of() : new LinkedHashSet<>(Arrays.asList(joined.split(",", -1)));
  }

  /** The bytes are no marker, and why. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String why) {
      super(why);
    }
  }
}
