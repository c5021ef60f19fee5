package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolIOException;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;

/**
 * The tables in which a flush or a compaction has met damage. They have to be read again before the
 * spool believes in its storage again: writing works with a damaged table as long as nobody reads
 * it, so a probe that only writes would prove nothing.
 *
 * <p>And a database with a table that cannot be opened is not closed to be opened again: that would
 * fail, and nothing could be delivered of what the other tables hold.
 *
 * <p>Safe for use by any thread.
 */
final class DamagedTables {
  private static final Pattern TABLE = Pattern.compile("(?<![0-9])([0-9]+\\.sst)(?![0-9A-Za-z.])");
  private static final int MAX = 64;

  private final Disk disk;
  private final Path database;

  @GuardedBy("this")
  private final Set<String> names = new TreeSet<>();

  DamagedTables(Disk disk, Path database) {
    this.disk = disk;
    this.database = database;
  }

  /** Takes the tables that a failure names. */
  synchronized void add(RocksDBException failure) {
    Matcher table = TABLE.matcher(RocksFailures.describe(failure));
    while (table.find() && names.size() < MAX) {
      names.add(table.group(1));
    }
  }

  private synchronized List<String> names() {
    return List.copyOf(names);
  }

  private synchronized void forget(List<String> whole) {
    names.removeAll(whole);
  }

  /**
   * Reads each block of them again, and forgets those that are whole, or replaced.
   *
   * @throws SpoolException if one is still damaged
   */
  void requireWhole(RocksDB db) {
    List<String> found = names();
    if (found.isEmpty()) {
      return;
    }
    for (LiveFileMetaData table : db.getLiveFilesMetaData()) {
      String name = DatabaseFiles.name(table);
      if (found.contains(name)) {
        read(name, SstFileReader::verifyChecksum);
      }
    }
    forget(found);
  }

  /**
   * Looks whether the tables could be opened again: all of them by their length, and those in which
   * damage was met by opening them.
   *
   * @throws SpoolException if one could not be
   */
  void requireOpenable(RocksDB db) throws IOException {
    List<String> found = names();
    for (LiveFileMetaData table : db.getLiveFilesMetaData()) {
      String name = DatabaseFiles.name(table);
      requireLength(name, table.size());
      if (found.contains(name)) {
        read(name, reader -> {});
      }
    }
  }

  private void requireLength(String name, long expected) throws IOException {
    long length;
    try {
      length = disk.facts(database.resolve(name)).length();
    } catch (NoSuchFileException e) {
      return; // for MissingTables to tell; or compacted meanwhile
    }
    if (length != expected) {
      throw new SpoolIOException(
          "the table "
              + database.resolve(name)
              + " has "
              + length
              + " bytes, and had "
              + expected
              + "; the database stays open, since it could not be opened again: put that table back"
              + " as it was, and do not end this process, which alone can read the others",
          Outcome.UNKNOWN,
          null);
    }
  }

  private interface Reading {
    void by(SstFileReader reader) throws RocksDBException;
  }

  private void read(String name, Reading reading) {
    Path table = database.resolve(name);
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(table.toString());
      reading.by(reader);
    } catch (RocksDBException e) {
      throw RocksFailures.typed(
          "reading the table " + table + " again, in which damage was met", Outcome.UNKNOWN, e);
    }
  }
}
