package dev.spool.rocksdb;

import dev.spool.SpoolIOException;
import dev.spool.support.Disk;
import dev.spool.support.FileFacts;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.rocksdb.LiveFileMetaData;

/**
 * Looks at a database's directory before RocksDB does, which follows symbolic links out of the
 * spool, makes files at their ends, and waits for whoever writes into a named pipe. RocksDB itself
 * makes files and directories only.
 */
final class DatabaseFiles {
  /** What is said of a database that {@link #isLost}. */
  static final String LOST = ": it is not there, and it was; put it back, or mount it";

  /** How the names of tables end. */
  private static final String TABLE = ".sst";

  /** How the names of the files of the write-ahead log end. */
  private static final String LOG = ".log";

  private DatabaseFiles() {}

  /** Whether there is a database. */
  static boolean isThere(Disk disk, RocksLayout layout) throws IOException {
    return isFile(disk, layout.database().resolve("CURRENT"));
  }

  /** Whether there is no database, and another file of the spool says that there was one. */
  static boolean isLost(Disk disk, RocksLayout layout) throws IOException {
    Path synced = layout.synced();
    return !isThere(disk, layout)
        && (isFile(disk, synced)
            || isFile(disk, SyncedSequence.aside(synced, 1))
            || isFile(disk, layout.knownManifest()));
  }

  /** Whether there are tables or logs: where these are, there was a database. */
  static boolean areRemains(Disk disk, Path database) throws IOException {
    boolean[] found = new boolean[1];
    try {
      disk.list(
          database,
          entry -> {
            String name = String.valueOf(entry.getFileName());
            found[0] = name.endsWith(TABLE) || name.endsWith(LOG);
            return !found[0];
          });
    } catch (NoSuchFileException e) {
      return false;
    }
    return found[0];
  }

  /** A special file would be waited for. */
  private static boolean isFile(Disk disk, Path path) throws IOException {
    try {
      return disk.facts(path).regularFile();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Refuses a symbolic link in the directory's place. */
  static void refuseLink(Disk disk, Path database) throws IOException {
    try {
      if (disk.facts(database).symlink()) {
        throw refusal(database, "it is a symbolic link, which is not followed");
      }
    } catch (NoSuchFileException e) {
      return; // for whoever opens it to report
    }
  }

  /** Refuses a directory in which there is anything but files and directories. */
  static void refuseSpecial(Disk disk, Path database) throws IOException {
    try {
      disk.list(
          database,
          entry -> {
            check(disk, database, entry);
            return true;
          });
    } catch (NoSuchFileException e) {
      return; // for whoever opens it to report
    }
  }

  private static void check(Disk disk, Path database, Path entry) throws IOException {
    FileFacts facts;
    try {
      facts = disk.facts(entry);
    } catch (NoSuchFileException e) {
      return; // its owner has deleted it meanwhile
    }
    if (!facts.regularFile() && !facts.directory()) {
      String what = facts.symlink() ? "a symbolic link" : "a special file";
      throw refusal(
          database, String.valueOf(entry.getFileName()) + " in it is " + what + ", and no file");
    }
  }

  /**
   * What there is in the directory.
   *
   * @param files all files
   * @param bytes their size
   * @param tables the tables, with their sizes; live or not
   * @param logs the files of the write-ahead log, those included that are kept to be used again
   * @param logBytes their size
   */
  record Census(long files, long bytes, Map<String, Long> tables, long logs, long logBytes) {}

  /** Looks at the files in the directory. */
  static Census census(Disk disk, Path database) throws IOException {
    long[] sums = new long[4];
    Map<String, Long> tables = new TreeMap<>();
    disk.list(
        database,
        file -> {
          FileFacts facts;
          try {
            facts = disk.facts(file);
          } catch (NoSuchFileException e) {
            return true; // RocksDB has deleted it meanwhile
          }
          if (facts.regularFile()) {
            String name = String.valueOf(file.getFileName());
            sums[0]++;
            sums[1] += facts.length();
            if (name.endsWith(TABLE)) {
              tables.put(name, facts.length());
            } else if (name.endsWith(LOG)) {
              sums[2]++;
              sums[3] += facts.length();
            }
          }
          return true;
        });
    return new Census(sums[0], sums[1], tables, sums[2], sums[3]);
  }

  /** Returns the name of a table's file. */
  static String name(LiveFileMetaData table) {
    return table.fileName().replaceFirst("^/", "");
  }

  private static SpoolIOException refusal(Path database, String why) {
    return new SpoolIOException("cannot open the database in " + database + ": " + why, null);
  }
}
