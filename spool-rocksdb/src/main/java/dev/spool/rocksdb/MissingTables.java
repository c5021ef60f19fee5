package dev.spool.rocksdb;

import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;

/**
 * Finds the tables that the database counts on and whose names are gone, and puts them back.
 * RocksDB would not notice by itself: it keeps them open, and reads on what the next opening will
 * miss. What a deleted file holds lasts until its last descriptor is closed, and on Linux can be
 * read through {@code /proc/self/fd} until then.
 *
 * <p>Safe for use by any thread; one puts back at a time.
 */
final class MissingTables {
  /** Follows a table's name while it is copied: a name that RocksDB neither reads nor deletes. */
  static final String COPY = ".rescue";

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final String DELETED = " (deleted)";
  private static final int PIECE = 1 << 20;

  private final Disk disk;
  private final Path database;

  /** Made for the database in that directory. */
  MissingTables(Disk disk, Path database) {
    this.disk = disk;
    this.database = database;
  }

  /**
   * What was missing.
   *
   * @param putBack the names of those that are there again, whole and synced
   * @param left those that still are missing, with the reason
   * @param openLeft whether one of these is open, or may be: it is lost when the database is closed
   */
  record Found(List<String> putBack, Map<String, String> left, boolean openLeft) {
    boolean isNothing() {
      return putBack.isEmpty() && left.isEmpty();
    }

    /** Says it to the operator. */
    String describe(Path database) {
      StringBuilder text =
          new StringBuilder("somebody other than the spool has deleted tables in ")
              .append(database);
      if (!putBack.isEmpty()) {
        text.append("; those that were open still were put back: ")
            .append(String.join(", ", putBack));
      }
      if (!left.isEmpty()) {
        text.append("; these are missing: ");
        left.forEach((name, why) -> text.append(name).append(" (").append(why).append("), "));
        text.setLength(text.length() - 2);
        text.append("; put them where they were, from a copy of the spool if need be");
        if (openLeft) {
          text.append("; until then do not end the process, which has open what they hold");
        }
      }
      return text.append("; find out who deletes files there, and verify the spool").toString();
    }
  }

  /**
   * Looks, and puts back what can be. The caller sees to it that the database is not closed
   * meanwhile. Takes a call to the file system for each table; where one is missing, as long as
   * copying it takes.
   *
   * @param alarm told the names of what is missing, if anything is, before that is put back
   * @throws IOException if it cannot be told what is missing
   */
  synchronized Found putBack(RocksDB db, Consumer<Set<String>> alarm) throws IOException {
    Map<String, Long> missing = find(db);
    List<String> putBack = new ArrayList<>();
    Map<String, String> left = new TreeMap<>();
    boolean openLeft = false;
    if (!missing.isEmpty()) {
      alarm.accept(missing.keySet());
      boolean known = Files.isDirectory(DESCRIPTORS);
      Map<String, Path> open = known ? open() : Map.of();
      for (Map.Entry<String, Long> table : missing.entrySet()) {
        String name = table.getKey();
        Path descriptor = open.get(name);
        if (descriptor == null) {
          left.put(name, known ? "which is not open" : "which may be open still: compact");
          openLeft |= !known;
          continue;
        }
        try {
          copy(descriptor, name, table.getValue());
          putBack.add(name);
        } catch (IOException e) {
          left.put(name, "which cannot be put back: " + e);
          openLeft = true;
        }
      }
      disk.forceDirectory(database);
    }
    return new Found(putBack, left, openLeft);
  }

  /** Returns the names of the tables that are missing, with their lengths. */
  private Map<String, Long> find(RocksDB db) throws IOException {
    Map<String, Long> missing = new TreeMap<>();
    for (Map.Entry<String, Long> table : live(db).entrySet()) {
      if (!disk.exists(database.resolve(table.getKey()))) {
        missing.put(table.getKey(), table.getValue());
      }
    }
    if (!missing.isEmpty()) {
      missing
          .keySet()
          .retainAll(live(db).keySet()); // what was compacted meanwhile, RocksDB deleted
    }
    return missing;
  }

  private static Map<String, Long> live(RocksDB db) {
    Map<String, Long> tables = new HashMap<>();
    for (LiveFileMetaData table : db.getLiveFilesMetaData()) {
      tables.put(DatabaseFiles.name(table), table.size());
    }
    return tables;
  }

  /** Returns the deleted files of the database that this process has open. */
  private Map<String, Path> open() throws IOException {
    Map<String, Path> open = new HashMap<>();
    Path directory = disk.realPath(database);
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        deleted(descriptor, directory).ifPresent(name -> open.put(name, descriptor));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return open;
  }

  /** Returns the name that the file had in the directory; empty if it is another. */
  private static Optional<String> deleted(Path descriptor, Path directory) throws IOException {
    String target;
    try {
      target = Files.readSymbolicLink(descriptor).toString();
    } catch (NoSuchFileException e) {
      return Optional.empty(); // closed meanwhile
    }
    String prefix = directory + "/";
    return target.startsWith(prefix) && target.endsWith(DELETED)
        ? Optional.of(target.substring(prefix.length(), target.length() - DELETED.length()))
        : Optional.empty();
  }

  private void copy(Path descriptor, String name, long length) throws IOException {
    Path copy = database.resolve(name + COPY);
    disk.deleteIfExists(copy);
    try {
      try (InputStream in = new FileInputStream(descriptor.toFile());
          DiskFile out = disk.create(copy)) {
        if (!deleted(descriptor, disk.realPath(database)).equals(Optional.of(name))) {
          throw new IOException("it was closed meanwhile");
        }
        transfer(in, out, length);
        out.force(true);
      }
      verify(copy);
      disk.rename(copy, database.resolve(name));
    } catch (IOException e) {
      try {
        disk.deleteIfExists(copy);
      } catch (IOException unwanted) {
        e.addSuppressed(unwanted);
      }
      throw e;
    }
  }

  private static void transfer(InputStream in, DiskFile out, long length) throws IOException {
    byte[] piece = new byte[PIECE];
    long at = 0;
    for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
      out.write(ByteBuffer.wrap(piece, 0, count), at);
      at += count;
    }
    if (at != length) {
      throw new EOFException("it has " + at + " bytes, and had " + length);
    }
  }

  /** Reads it through: what it is a copy of is gone when it has taken its place. */
  private static void verify(Path table) throws IOException {
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(table.toString());
      reader.verifyChecksum();
    } catch (RocksDBException e) {
      throw new IOException("the copy is damaged: " + RocksFailures.describe(e), e);
    }
  }
}
