package dev.spool.rocksdb;

import dev.spool.SpoolIOException;
import dev.spool.SpoolLockedException;
import dev.spool.UnsupportedFormatException;
import dev.spool.support.Disk;
import dev.spool.support.ReservedNames;
import dev.spool.support.SpoolDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Makes a spool of a plain database whose keys are ids: every key is checked, the database's files
 * are moved into a directory of their own, and only then does the directory become a spool, by its
 * marker.
 *
 * <p>Nothing is touched before the last key was checked. The move is by renames within one file
 * system, {@code CURRENT} last: if it is interrupted, the next attempt goes on with it, since the
 * files that are left outside tell how far it got. Whatever else may have made the directory that
 * they are moved into, no file in it is replaced.
 */
final class Adoption implements SpoolDirectory.Inspection {
  /**
   * The names of RocksDB's files; {@code LOCK} is not among them, since it becomes the spool's own.
   */
  private static final Pattern FILES =
      Pattern.compile(
          "CURRENT|IDENTITY|MANIFEST-\\d+|OPTIONS-\\d+|\\d+\\.(sst|ldb|log|blob)|LOG|LOG\\.old\\.\\d+|archive|lost"
              + "|(OPTIONS-)?\\d+\\.dbtmp");

  private static final String CURRENT = "CURRENT";

  private final Disk disk;
  private final RocksSettings settings;

  Adoption(Disk disk, RocksSettings settings) {
    this.disk = disk;
    this.settings = settings;
  }

  /**
   * Refuses a plain database that this very process has open. The lock on its file {@code LOCK}
   * keeps other processes away, and no two users in one; RocksDB itself knows which databases it
   * has open here, and says so before it looks at anything else. To be called before the spool's
   * lock is taken, which RocksDB would drop by closing the same file.
   */
  static void refuseOpenHere(Disk disk, Path directory, RocksSettings settings) throws IOException {
    if (!disk.exists(directory.resolve(CURRENT))
        || disk.exists(directory.resolve(ReservedNames.MARKER))) {
      return; // there is no plain database
    }
    try (RocksOptions options = RocksOptions.ofReader(settings);
        RocksDB open =
            RocksDB.open(options.options().setErrorIfExists(true), directory.toString())) {
      throw new IllegalStateException(open + " was opened although it exists");
    } catch (RocksDBException e) {
      if (RocksFailures.isLockedHere(e)) {
        throw new SpoolLockedException(
            directory.toString(), "this process, which has the database open without the spool");
      }
    }
  }

  @Override
  public void inspect(Path directory) throws IOException {
    RocksLayout layout = new RocksLayout(directory);
    Path database = layout.database();
    List<Path> files = filesToMove(directory);
    boolean halfway = disk.exists(database);
    if (halfway) {
      refuseForeign(directory, database, files);
    } else {
      if (!disk.exists(directory.resolve(CURRENT))) {
        throw refusal(directory, "there is no RocksDB database in it");
      }
      check(directory, directory);
    }
    disk.createDirectories(database);
    for (Path file : files) {
      disk.rename(file, database.resolve(file.getFileName()));
    }
    disk.forceDirectory(database);
    disk.forceDirectory(directory);
    if (halfway) {
      check(directory, database); // what the interrupted attempt had seen is not known to be this
    }
  }

  /** Refuses what no interrupted attempt has left: it is somebody's, and would be replaced. */
  private void refuseForeign(Path directory, Path database, List<Path> files) throws IOException {
    if (!disk.facts(database).directory()) {
      throw refusal(directory, RocksLayout.DATABASE + " in it is no directory");
    }
    disk.list(
        database,
        entry -> {
          String name = String.valueOf(entry.getFileName());
          if (!FILES.matcher(name).matches() && !name.equals(ReservedNames.LOCK)) {
            throw refusal(
                directory, RocksLayout.DATABASE + " in it holds what is not RocksDB's: " + name);
          }
          return true;
        });
    for (Path file : files) {
      if (disk.exists(database.resolve(file.getFileName()))) {
        throw refusal(
            directory,
            "there is a file " + file.getFileName() + " both in it and in " + RocksLayout.DATABASE);
      }
    }
  }

  /** Returns the database's files, the one last without which there is no database. */
  private List<Path> filesToMove(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    List<Path> current = new ArrayList<>();
    disk.list(
        directory,
        entry -> {
          String name = String.valueOf(entry.getFileName());
          if (name.equals(CURRENT)) {
            current.add(entry);
          } else if (FILES.matcher(name).matches()) {
            files.add(entry);
          } else if (!ReservedNames.contains(name) && !name.equals(RocksLayout.DATABASE)) {
            throw refusal(directory, "it holds what is not RocksDB's: " + name);
          }
          return true;
        });
    files.addAll(current);
    return files;
  }

  private void check(Path directory, Path database) throws IOException {
    DatabaseFiles.refuseSpecial(disk, database);
    ManifestRecords.requireReadable(disk, database);
    NativeLibrary.load(settings.nativeLibraryDirectory());
    try (RocksOptions options = RocksOptions.ofReader(settings)) {
      List<byte[]> families = RocksDB.listColumnFamilies(options.options(), database.toString());
      if (families.size() != 1) {
        List<String> names =
            families.stream().map(name -> new String(name, StandardCharsets.UTF_8)).toList();
        throw refusal(
            directory, "the database has column families beside the default one: " + names);
      }
      try (RocksDB db = RocksDB.openReadOnly(options.options(), database.toString())) {
        checkKeys(directory, db);
      }
    } catch (RocksDBException e) {
      throw new SpoolIOException(
          "cannot adopt the database in " + directory + ": " + RocksFailures.describe(e), e);
    }
  }

  private static void checkKeys(Path directory, RocksDB db) throws RocksDBException {
    try (ReadOptions options = new ReadOptions().setVerifyChecksums(true).setFillCache(false);
        RocksIterator iterator = db.newIterator(options)) {
      for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
        byte[] key = iterator.key();
        if (RocksScan.idOf(key) == null) {
          throw refusal(
              directory,
              "a key is no id, 16 bytes of a UUID of version 1 or 7: "
                  + HexFormat.of().formatHex(key, 0, Math.min(key.length, 32))
                  + " ("
                  + key.length
                  + " bytes)");
        }
      }
      iterator.status();
    }
  }

  private static UnsupportedFormatException refusal(Path directory, String why) {
    return new UnsupportedFormatException(
        directory.toString(), why + "; it cannot be adopted, and no file in it was altered");
  }
}
