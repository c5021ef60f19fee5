package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolIOException;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Keeps how long RocksDB's manifest is known to be, beside the database. The manifest tells which
 * tables there are. If its end is missing, RocksDB opens the database as it was then, says nothing,
 * and deletes the tables that it has not heard of yet; so that is looked at before.
 *
 * <p>The file is one of {@link CheckedNumbers}: the manifest's number, and its length in bytes.
 *
 * <p>Written in place, when RocksDB has synced that much of the manifest, and not forced itself: so
 * it may be too low, never too high. A file that cannot be read says nothing: it is a safeguard.
 * Thread-safe.
 */
final class KnownManifest {
  static final long MAGIC = 0x5370_6F6F_6C4D_616EL; // SpoolMan
  private static final int LENGTH = CheckedNumbers.length(2);
  private static final String PREFIX = "MANIFEST-";
  private static final Pattern NAME = Pattern.compile("/?" + PREFIX + "([0-9]{1,18})");
  private static final int LONGEST_NAME = 64;
  private static final int LOOKS = 2;
  private static final String NAMES_NONE = "it names no manifest";

  private final Disk disk;
  private final Path database;
  private final Path file;

  /** What the file says; read when it is first needed. */
  @GuardedBy("this")
  private Known known = Known.NOTHING;

  KnownManifest(Disk disk, RocksLayout layout) {
    this.disk = disk;
    database = layout.database();
    file = layout.knownManifest();
  }

  /** A manifest, and a length that it has at least. */
  private record Known(long number, long length) {
    static final Known NOTHING = new Known(0, 0);

    String name() {
      return String.format(Locale.ROOT, PREFIX + "%06d", number);
    }
  }

  /**
   * Looks at the manifest of a database that is closed here.
   *
   * @throws SpoolIOException if it is shorter than it was, or an older one is in its place, or
   *     RocksDB would never come to its end
   * @throws IOException if that cannot be told
   */
  synchronized void requireWhole() throws IOException {
    ManifestRecords.requireReadable(disk, database);
    Known found = Known.NOTHING;
    for (int look = 1; look <= LOOKS; look++) { // its owner may make a new one between two steps
      known = read();
      if (known.equals(Known.NOTHING)) {
        return;
      }
      found = found();
      if (found.number > known.number || reaches(found, known)) {
        return;
      }
    }
    throw damaged(found, known);
  }

  /**
   * Looks at the manifest of an open database, and writes down how far it reaches now. The caller
   * sees to it that the database is not closed meanwhile.
   *
   * @throws SpoolIOException if it is shorter than what RocksDB has written, or {@code CURRENT}
   *     does not name it
   * @throws IOException if that cannot be told
   */
  synchronized void look(RocksDB db) throws IOException {
    Known found = foundOrNothing();
    if (found.equals(known) && !known.equals(Known.NOTHING)) {
      return; // nothing has changed
    }
    Known written = of(db);
    if (written == null) {
      return;
    }
    if (!reaches(found, written)) {
      found = foundOrNothing(); // RocksDB may have made a new one between the two looks
      if (found.number > written.number) {
        return; // and is to be asked again
      }
      if (!reaches(found, written)) {
        throw damaged(found, written);
      }
    }
    if (!written.equals(known)) {
      write(written);
      known = written;
    }
  }

  private static boolean reaches(Known found, Known written) {
    return found.number == written.number && found.length >= written.length;
  }

  /** Fails if it cannot be told now, as without a file descriptor: that is no damage. */
  private Known foundOrNothing() throws IOException {
    try {
      return found();
    } catch (FileSystemException e) {
      if (namesNone(e)) {
        return Known.NOTHING;
      }
      throw e;
    }
  }

  private SpoolIOException damaged(Known found, Known expected) {
    return new SpoolIOException(
        "the manifest of the database in "
            + database
            + " is damaged: "
            + (found.equals(Known.NOTHING)
                ? "CURRENT names none that is there, and "
                : found.name() + " has " + found.length + " bytes, and ")
            + expected.name()
            + " had "
            + expected.length
            + "; messages would be missing without a word. Put it back from a copy of the spool. To go on"
            + " without what is missing, which deletes it, delete the file "
            + file.getFileName(),
        null);
  }

  /** Returns what is there: the manifest that {@code CURRENT} names. */
  private Known found() throws IOException {
    String digits = current(disk, database);
    return new Known(Long.parseLong(digits), lengthOf(PREFIX + digits));
  }

  /** Returns the digits of the name in {@code CURRENT}: RocksDB opens a file of just that name. */
  private static String current(Disk disk, Path database) throws IOException {
    Matcher name;
    try (DiskFile current = disk.openRead(database.resolve("CURRENT"))) {
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(LONGEST_NAME, current.size()));
      current.readFully(buffer, 0);
      name = NAME.matcher(new String(buffer.array(), StandardCharsets.US_ASCII).strip());
    }
    if (!name.matches()) {
      throw new FileSystemException(database.resolve("CURRENT").toString(), null, NAMES_NONE);
    }
    return name.group(1);
  }

  /** Opens the manifest that {@code CURRENT} names; null if there is none. */
  static @Nullable DiskFile open(Disk disk, Path database) throws IOException {
    try {
      return disk.openRead(database.resolve(PREFIX + current(disk, database)));
    } catch (FileSystemException e) {
      if (namesNone(e)) {
        return null;
      }
      throw e;
    }
  }

  private static boolean namesNone(FileSystemException e) {
    return e instanceof NoSuchFileException || NAMES_NONE.equals(e.getReason());
  }

  /** Returns how long a manifest is; 0 if it is not there. */
  private long lengthOf(String manifest) throws IOException {
    try {
      return disk.facts(database.resolve(manifest)).length();
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** Returns what RocksDB has written and synced; null if it only reads. */
  private static @Nullable Known of(RocksDB db) throws IOException {
    try {
      RocksDB.LiveFiles live = db.getLiveFiles(false);
      for (String name : live.files) {
        Matcher matcher = NAME.matcher(name);
        if (matcher.matches()) {
          return new Known(Long.parseLong(matcher.group(1)), live.manifestFileSize);
        }
      }
    } catch (RocksDBException e) {
      if (RocksFailures.isNotSupported(e)) {
        return null;
      }
      throw new IOException("RocksDB does not tell its files: " + RocksFailures.describe(e), e);
    }
    throw new IOException("RocksDB names no manifest");
  }

  private Known read() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(LENGTH);
    try {
      CheckedNumbers.requireFile(disk, file);
      try (DiskFile open = disk.openRead(file)) {
        open.readFully(buffer, 0);
      }
    } catch (NoSuchFileException | EOFException e) {
      return Known.NOTHING;
    }
    long[] numbers = CheckedNumbers.read(buffer, MAGIC, 2);
    return numbers == null ? Known.NOTHING : new Known(numbers[0], numbers[1]);
  }

  private void write(Known next) throws IOException {
    try (DiskFile open = openOrCreate()) {
      open.write(CheckedNumbers.of(MAGIC, next.number, next.length), 0);
    }
  }

  private DiskFile openOrCreate() throws IOException {
    try {
      return disk.openWrite(file);
    } catch (NoSuchFileException e) {
      return disk.create(file);
    }
  }
}
