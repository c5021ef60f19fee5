package dev.spool.rocksdb;

import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.Disk;
import dev.spool.support.DiskFile;
import dev.spool.support.IoFailures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Takes one message whose block is damaged out of the database. First {@link #save} writes what can
 * be had of it: the bytes, if RocksDB can read them without checking them, and the reason, each in
 * a file of its own, durably. Then the committer removes it, unless it was replaced by a whole one
 * meanwhile: that one was acknowledged.
 */
final class Quarantine implements Committer.Content {
  private static final byte[] NOTHING = new byte[1];

  private final Path database;
  private final DbSlot slot;
  private final Disk disk;
  private final SpoolId id;

  /** Written by the committer, read when its work is done. */
  private volatile boolean replaced;

  Quarantine(Path database, DbSlot slot, Disk disk, SpoolId id) {
    this.database = database;
    this.slot = slot;
    this.disk = disk;
    this.id = id;
  }

  /**
   * Writes {@code ID.reason}, and {@code ID.damaged} if there is anything to put into it. Nothing
   * that is in the directory already is overwritten.
   *
   * @throws MessageNotFoundException if there is no such message
   * @throws SpoolException if it is whole, or cannot be read for another reason than damage, or
   *     cannot be saved. What fails in {@code target} is for the caller to know, and says nothing
   *     about the spool's health.
   */
  void save(Path target) {
    RocksDBException damage = damage();
    byte[] raw = unchecked();
    try {
      save(damage, raw, target);
    } catch (IOException e) {
      throw IoFailures.typed("cannot move message " + id + " to " + target, Outcome.NOT_APPLIED, e);
    }
  }

  @Override
  public void addTo(WriteBatch batch, DbLease lease) throws RocksDBException {
    try (ReadOptions options = new ReadOptions().setVerifyChecksums(true).setFillCache(false)) {
      replaced = lease.db().get(options, id.toBytes()) != null;
      batch.putLogData(NOTHING);
    } catch (RocksDBException e) {
      if (!RocksFailures.isCorruption(e)) {
        throw e;
      }
      batch.delete(id.toBytes());
    }
  }

  /**
   * To be called when the committer is done.
   *
   * @throws SpoolException if the message was replaced meanwhile, and so was not removed
   */
  void checkRemoved() {
    if (replaced) {
      throw whole();
    }
  }

  private SpoolException whole() {
    return new SpoolException(
        "message " + id + " is whole",
        "message " + id + " in " + database + " is whole, and was left alone",
        Outcome.NOT_APPLIED,
        null);
  }

  private void save(RocksDBException damage, byte @Nullable [] raw, Path target)
      throws IOException {
    disk.createDirectories(target);
    String name = freeName(target);
    if (raw != null) {
      write(target.resolve(name + ".damaged"), raw);
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
    write(target.resolve(name + ".reason"), reason.getBytes(StandardCharsets.UTF_8));
    disk.forceDirectory(target);
  }

  /** Returns {@code ID}, {@code ID.1} and so on: the first of which there is no file yet. */
  private String freeName(Path target) throws IOException {
    String name = id.toString();
    for (int attempt = 1;
        disk.exists(target.resolve(name + ".damaged"))
            || disk.exists(target.resolve(name + ".reason"));
        attempt++) {
      name = id + "." + attempt;
    }
    return name;
  }

  private RocksDBException damage() {
    RocksDBException failure;
    try (DbLease lease = slot.lease(RocksReader.PATIENCE);
        ReadOptions options = new ReadOptions().setVerifyChecksums(true).setFillCache(false)) {
      if (lease.db().get(options, id.toBytes()) == null) {
        throw new MessageNotFoundException(id);
      }
      throw whole();
    } catch (RocksDBException e) {
      failure = e;
    }
    if (!RocksFailures.isCorruption(failure)) {
      throw RocksFailures.typed(
          "reading " + id + " from " + database, Outcome.NOT_APPLIED, failure);
    }
    return failure;
  }

  private byte @Nullable [] unchecked() {
    try (DbLease lease = slot.lease(RocksReader.PATIENCE);
        ReadOptions options = new ReadOptions().setVerifyChecksums(false).setFillCache(false)) {
      return lease.db().get(options, id.toBytes());
    } catch (RocksDBException e) {
      return null;
    }
  }

  private void write(Path file, byte[] content) throws IOException {
    try (DiskFile open = disk.create(file)) {
      open.write(ByteBuffer.wrap(content), 0);
      open.force(true);
    }
  }
}
