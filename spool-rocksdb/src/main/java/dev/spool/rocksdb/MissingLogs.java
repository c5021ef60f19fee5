package dev.spool.rocksdb;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.spool.SpoolIOException;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Finds out that files of the log were deleted under an open database, as whoever tidies up {@code
 * *.log} does, and makes good for it. RocksDB would not notice: it goes on writing to a file that
 * nobody can open any more, and what is in it is lost when the process ends. But it has all of that
 * in memory, too: once written to tables, the log is not needed.
 *
 * <p>Those that were kept to be used again are gone as well, and RocksDB fails for good when it
 * does not find the one that it wants: so it is given empty ones first.
 *
 * <p>What is looked for is any file that is needed: if the older ones alone were deleted, that is
 * not seen, and made good for when RocksDB writes tables. Thread-safe.
 */
final class MissingLogs {
  private static final Pattern NAME = Pattern.compile("([0-9]{1,18})\\.log");

  /** A number: files of the log with lower ones are not needed. */
  private static final String OLDEST_NEEDED = "rocksdb.min-log-number-to-keep";

  /**
   * How far below the oldest needed number those may be that are kept to be used again: they are a
   * few, and between two of them are the tables that were written meanwhile.
   */
  private static final int SPARE_NUMBERS = 1000;

  private final Disk disk;
  private final Path database;

  /** The open database of which files were found missing; null if none were. */
  @GuardedBy("this")
  private @Nullable RocksDB damaged;

  /**
   * Whether what was in the missing files is nowhere but in memory. A file that RocksDB has made
   * since does not change that.
   */
  @GuardedBy("this")
  private boolean unsaved;

  /** Made for the database in that directory. */
  MissingLogs(Disk disk, Path database) {
    this.disk = disk;
    this.database = database;
  }

  /**
   * Looks, and has everything written to tables if a file is missing. The caller sees to it that
   * the database is not closed meanwhile.
   *
   * @param alarm told what is missing, before anything is done
   * @return what was missing and was made good for; empty if nothing was
   * @throws SpoolIOException if something is missing that could not be made good for
   * @throws IOException if that cannot be told
   */
  synchronized Optional<SpoolIOException> makeGood(RocksDB db, Consumer<SpoolIOException> alarm)
      throws IOException {
    long oldest = oldestNeeded(db);
    if (db != damaged) {
      unsaved = false;
    }
    if (!unsaved && isThere(oldest)) {
      return Optional.empty();
    }
    damaged = db;
    unsaved = true;
    SpoolIOException missing =
        new SpoolIOException(
            "somebody other than the spool has deleted files of the log (*.log) in "
                + database
                + "; what was in them is written to tables. Find out who deletes files there",
            null);
    alarm.accept(missing);
    save(db, oldest);
    unsaved = false;
    return Optional.of(missing);
  }

  private void save(RocksDB db, long oldest) throws IOException {
    try {
      replaceSpares(oldest);
      Compactions.flush(db);
    } catch (RocksDBException e) {
      throw new SpoolIOException(
          "files of the log in "
              + database
              + " were deleted, and what was in them cannot be written to tables: "
              + RocksFailures.describe(e)
              + "; do not end the process, which has it in memory",
          e);
    }
  }

  /** They are deleted when RocksDB opens the database again. */
  private void replaceSpares(long oldest) throws IOException {
    for (long number = Math.max(1, oldest - SPARE_NUMBERS); number < oldest; number++) {
      createIfMissing(database.resolve(String.format(Locale.ROOT, "%06d.log", number)));
    }
  }

  private void createIfMissing(Path file) throws IOException {
    try {
      disk.create(file).close();
    } catch (FileAlreadyExistsException e) {
      return; // that one was not deleted
    }
  }

  /**
   * Tells whether files that were needed were found missing since the database was opened. It is to
   * be opened again then: RocksDB may go on with a file that is gone.
   */
  synchronized boolean areMissing(RocksDB db) throws IOException {
    return db == damaged || !isThere(oldestNeeded(db));
  }

  private static long oldestNeeded(RocksDB db) throws IOException {
    try {
      return db.getLongProperty(OLDEST_NEEDED);
    } catch (RocksDBException e) {
      throw new IOException("RocksDB does not tell its log: " + RocksFailures.describe(e), e);
    }
  }

  /** Tells whether there is a file of the log with that number, or a higher one. */
  private boolean isThere(long oldest) throws IOException {
    boolean[] found = new boolean[1];
    disk.list(
        database,
        file -> {
          Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
          found[0] = name.matches() && Long.parseLong(name.group(1)) >= oldest;
          return !found[0];
        });
    return found[0];
  }
}
