package dev.spool.filesystem;

import dev.spool.SpoolId;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Where everything lies: the one place that builds and parses file names.
 *
 * <pre>
 *   SPOOL LOCK OWNER        whose directory this is (dev.spool.support)
 *   tmp/                    files being written; swept at opening
 *   data/5c7/               one of 4,096 slots, made when first needed and never removed
 *   data/5c7/0192f5c7…      a message; the name is its id, 32 lower-case hexadecimal digits
 *   data/5c7/probe          for a moment, after a failure; means nothing
 * </pre>
 *
 * <p>A slot is a quarter of a second of creation time, and comes round every 17.5 minutes. So what
 * is stored together lies together, and one force of a directory covers a burst; what stays for
 * long is spread evenly; and the number of directories is fixed, so that none needs to be removed
 * while somebody is about to use it.
 *
 * <p>Thread-safe; immutable but for the counter of temporary names.
 */
final class FileLayout {
  /** Slots, and so directories. A power of two. */
  static final int SLOTS = 4096;

  /** A slot is 2^8 ms. */
  private static final int SLOT_BITS = 8;

  /** The name of a file in a slot that is made and deleted to see that it can be. */
  static final String PROBE = "probe";

  private static final String TEMPORARY_SUFFIX = ".tmp";
  private static final HexFormat HEX = HexFormat.of();

  private final Path root;
  private final Path data;
  private final Path temporaries;

  /** Distinguishes the temporary files of this opening from what an earlier one has left. */
  private final String opening = HEX.toHexDigits(new SecureRandom().nextLong());

  private final AtomicLong temporaryCount = new AtomicLong();

  FileLayout(Path root) {
    this.root = root;
    this.data = root.resolve("data");
    this.temporaries = root.resolve("tmp");
  }

  Path root() {
    return root;
  }

  /** Returns the directory of the slots. */
  Path data() {
    return data;
  }

  /** Returns the directory of files being written. */
  Path temporaries() {
    return temporaries;
  }

  /** Returns the slot of a message, from 0 to {@link #SLOTS} - 1. */
  static int slot(SpoolId id) {
    return (int) (id.createdAt().toEpochMilli() >>> SLOT_BITS) & SLOTS - 1;
  }

  /** Returns the directory of a slot. */
  Path directory(int slot) {
    return data.resolve(HEX.toHexDigits(slot, 3));
  }

  /** Returns the file of that name in a slot. */
  Path probe(int slot) {
    return directory(slot).resolve(PROBE);
  }

  /** Returns the slot whose directory has that name, if there is one. */
  static OptionalInt parseSlot(String name) {
    if (name.length() != 3) {
      return OptionalInt.empty();
    }
    int slot = 0;
    for (int i = 0; i < 3; i++) {
      int digit = lowerHexDigit(name.charAt(i));
      if (digit < 0) {
        return OptionalInt.empty();
      }
      slot = slot << 4 | digit;
    }
    return OptionalInt.of(slot);
  }

  /** Returns the file of a message. */
  Path file(SpoolId id) {
    return directory(slot(id)).resolve(fileName(id));
  }

  /** Returns the name of a message's file. */
  static String fileName(SpoolId id) {
    return id.toString();
  }

  /** Returns the message whose file has that name; null if no message's has. */
  static @Nullable SpoolId parseFileName(String name) {
    if (name.length() != 32) {
      return null;
    }
    for (int i = 0; i < 32; i++) {
      if (lowerHexDigit(name.charAt(i)) < 0) {
        return null;
      }
    }
    try {
      return SpoolId.parse(name);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * Returns what tells people where something lies: its path, or its URI, where a name that is not
   * ours has bytes that are no characters, or none that this JVM's locale has.
   */
  static String location(Path place) {
    return isText(place) ? place.toString() : place.toUri().toString();
  }

  private static boolean isText(Path place) {
    try {
      return place.equals(place.getFileSystem().getPath(place.toString()));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** Returns a name for a temporary file that none has had. */
  Path newTemporary() {
    return temporaries.resolve(opening + "-" + temporaryCount.incrementAndGet() + TEMPORARY_SUFFIX);
  }

  /** Tells whether a file of that name in the directory of temporary files is one. */
  static boolean isTemporary(String name) {
    return name.matches("[0-9a-f]{16}-[0-9]{1,19}\\.tmp");
  }

  /**
   * Returns the name of a damaged message's file in quarantine.
   *
   * @param attempt 0, or more if that name is taken
   */
  static String quarantinedName(SpoolId id, int attempt) {
    return id + (attempt == 0 ? "" : "." + attempt) + ".damaged";
  }

  /** Returns the name of the file that says why, beside the {@link #quarantinedName}. */
  static String reasonName(SpoolId id, int attempt) {
    return id + (attempt == 0 ? "" : "." + attempt) + ".reason";
  }

  private static int lowerHexDigit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  }
}
