package dev.spool.rocksdb;

import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;

/**
 * Saves what can be had of a message whose block is damaged: the bytes, if RocksDB can read them
 * without checking them, and the reason, each in a file of its own, durably. Removing the message
 * is another's work, afterwards.
 */
final class Quarantine {
  private final Path database;
  private final DbSlot slot;
  private final Disk disk;

  Quarantine(Path database, DbSlot slot, Disk disk) {
    this.database = database;
    this.slot = slot;
    this.disk = disk;
  }

  /**
   * Writes {@code ID.reason}, and {@code ID.damaged} if there is anything to put into it.
   *
   * @throws MessageNotFoundException if there is no such message
   * @throws SpoolException if it is whole, or cannot be read for another reason than damage
   */
  void move(SpoolId id, Path target) throws IOException {
    RocksDBException damage = damage(id);
    byte[] raw = unchecked(id);
    disk.createDirectories(target);
    if (raw != null) {
      write(target.resolve(id + ".damaged"), raw);
    }
    String reason =
        "message "
            + id
            + "\ntaken from "
            + database
            + "\nat "
            + Instant.now()
            + "\nbecause "
            + RocksFailures.describe(damage)
            + (raw == null
                ? "\nIts bytes could not be read at all.\n"
                : "\nThe file beside this one holds its bytes as they were read, unchecked.\n");
    write(target.resolve(id + ".reason"), reason.getBytes(StandardCharsets.UTF_8));
    disk.forceDirectory(target);
  }

  private RocksDBException damage(SpoolId id) {
    RocksDBException failure;
    try (DbLease lease = slot.lease(RocksReader.PATIENCE);
        ReadOptions options = new ReadOptions().setVerifyChecksums(true).setFillCache(false)) {
      if (lease.db().get(options, id.toBytes()) == null) {
        throw new MessageNotFoundException(id);
      }
      throw new SpoolException(
          "message " + id + " is whole",
          "message " + id + " in " + database + " is whole, and was left alone",
          Outcome.NOT_APPLIED,
          null);
    } catch (RocksDBException e) {
      failure = e;
    }
    if (!RocksFailures.isCorruption(failure)) {
      throw RocksFailures.typed(
          "reading " + id + " from " + database, Outcome.NOT_APPLIED, failure);
    }
    return failure;
  }

  private byte @Nullable [] unchecked(SpoolId id) {
    try (DbLease lease = slot.lease(RocksReader.PATIENCE);
        ReadOptions options = new ReadOptions().setVerifyChecksums(false).setFillCache(false)) {
      return lease.db().get(options, id.toBytes());
    } catch (RocksDBException e) {
      return null;
    }
  }

  private void write(Path file, byte[] content) throws IOException {
    disk.deleteIfExists(file); // of an attempt that did not get to its end
    try (DiskFile open = disk.create(file)) {
      open.write(ByteBuffer.wrap(content), 0);
      open.force(true);
    }
  }
}
