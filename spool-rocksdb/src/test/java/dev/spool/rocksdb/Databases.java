package dev.spool.rocksdb;

import dev.spool.SpoolId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** Plain databases, behind the spool's back. */
final class Databases {
  private Databases() {}

  /**
   * Puts values into a database that knows nothing of spools, and makes it if need be; keys are in
   * hexadecimal.
   */
  static void make(Path directory, Map<String, byte[]> content) {
    NativeLibrary.load(null);
    try (Options options = options().setCreateIfMissing(true);
        RocksDB db = RocksDB.open(options, directory.toString())) {
      for (Map.Entry<String, byte[]> entry : content.entrySet()) {
        db.put(HexFormat.of().parseHex(entry.getKey()), entry.getValue());
      }
    } catch (RocksDBException e) {
      throw new AssertionError(e);
    }
  }

  private static Options options() {
    return new Options().setCompressionType(CompressionType.NO_COMPRESSION);
  }

  /** Moves all that is in the log to a file. */
  static void flush(Path database) {
    NativeLibrary.load(null);
    try (Options options = options();
        FlushOptions flush = new FlushOptions();
        RocksDB db = RocksDB.open(options, database.toString())) {
      db.flush(flush);
    } catch (RocksDBException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns the table files. */
  static List<Path> tables(Path database) throws IOException {
    return files(database, ".sst");
  }

  /** Returns the files of the log that hold something. */
  static List<Path> logs(Path database) throws IOException {
    return files(database, ".log");
  }

  private static List<Path> files(Path database, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(database)) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  /**
   * Returns what the files below a directory hold, but RocksDB's account of what it does, and who
   * the owner is or was: to be compared byte for byte.
   */
  static Map<String, String> contents(Path directory) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = directory.relativize(file).toString();
        if (!name.matches("OWNER|(.*/)?LOG(\\.old.*)?")) {
          contents.put(name, digest(file));
        }
      }
    }
    return contents;
  }

  private static String digest(Path file) throws IOException {
    try {
      byte[] bytes = Files.readAllBytes(file);
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return bytes.length + " " + HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Flips one byte of a message, in the table file in which it lies. */
  static void damage(Path database, SpoolId id) throws IOException {
    flush(database);
    for (Path table : tables(database)) {
      byte[] bytes = Files.readAllBytes(table);
      int at = indexOf(bytes, id.toBytes());
      if (at >= 0) {
        flip(table, at + 100);
        return;
      }
    }
    throw new AssertionError(id + " is in no table file");
  }

  /** Flips one bit of a file. */
  static void flip(Path file, long position) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, position);
      one.flip();
      one.put(0, (byte) (one.get(0) ^ 1));
      channel.write(one, position);
    }
  }

  private static int indexOf(byte[] bytes, byte[] wanted) {
    // Keys of a block share prefixes, which are left out: the id's end is what is found.
    byte[] end = Arrays.copyOfRange(wanted, wanted.length - 8, wanted.length);
    for (int i = 0; i + end.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + end.length, end, 0, end.length)) {
        return i;
      }
    }
    return -1;
  }
}
