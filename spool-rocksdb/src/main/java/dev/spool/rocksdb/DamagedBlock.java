package dev.spool.rocksdb;

import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.TableProperties;

/**
 * The place of a damaged block in its table file, as RocksDB reports it: {@code block checksum
 * mismatch: … in /path/000012.sst offset 0 size 4093}. What is there can be saved as it is when
 * RocksDB cannot make messages of it: a block that was compressed cannot be taken apart any more.
 *
 * @param table the name of the table file
 * @param offset where the block begins in it, in bytes
 * @param size the length of its contents, in bytes
 */
record DamagedBlock(String table, long offset, long size) {
  private static final Pattern PLACE =
      Pattern.compile(" in \\S*?([0-9]+\\.sst) offset ([0-9]{1,18}) size ([0-9]{1,9})(?![0-9])");

  /** Follows the contents: how they are compressed, and their checksum. */
  private static final int TRAILER = 5;

  /** Returns the block that a failure is about, or null if it names none. */
  static @Nullable DamagedBlock of(RocksDBException failure) {
    Matcher place = PLACE.matcher(RocksFailures.describe(failure));
    return place.find()
        ? new DamagedBlock(
            place.group(1), Long.parseLong(place.group(2)), Long.parseLong(place.group(3)))
        : null;
  }

  /**
   * Tells whether it is one of those that hold messages. They are the first part of each table;
   * behind it are the index and the like.
   */
  boolean holdsMessages(RocksDB db) throws RocksDBException {
    for (var entry : db.getPropertiesOfAllTables().entrySet()) {
      if (entry.getKey().endsWith("/" + table)) {
        TableProperties properties = entry.getValue();
        return offset + size + TRAILER <= properties.getDataSize();
      }
    }
    return false;
  }

  /** Reads it as it is, with its trailer. */
  byte[] read(Disk disk, Path database) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(Math.toIntExact(size + TRAILER));
    try (DiskFile file = disk.openRead(database.resolve(table))) {
      file.readFully(block, offset);
    }
    return block.array();
  }

  @Override
  public String toString() {
    return table + ", " + (size + TRAILER) + " bytes from byte " + offset + " on";
  }
}
