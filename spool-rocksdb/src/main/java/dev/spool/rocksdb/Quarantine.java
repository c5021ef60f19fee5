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
 * be had of it, and the reason, each in a file of its own, durably: its bytes, if RocksDB can read
 * them without checking them, or else the whole block as it is. If there is neither, it stays where
 * it is: nothing is ever deleted because it could not be read. Then the committer removes it,
 * unless it was replaced by a whole one meanwhile: that one was acknowledged.
 */
final class Quarantine implements OwnWrite.Content {
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
   * Writes {@code ID.damaged} and {@code ID.reason}. Nothing that is in the directory already is
   * overwritten.
   *
   * @throws MessageNotFoundException if there is no such message
   * @throws SpoolException if it is whole, or cannot be read for another reason than damage, or
   *     nothing is left of it, or that cannot be saved. What fails in {@code target} is for the
   *     caller to know, and says nothing about the spool's health.
   */
  void save(Path target) {
    RocksDBException damage = damage();
    Remains remains = remains(damage);
    try {
      save(damage, remains, target);
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

  private void save(RocksDBException damage, Remains remains, Path target) throws IOException {
    disk.createDirectories(target);
    String name = freeName(target);
    write(target.resolve(name + ".damaged"), remains.bytes());
    String reason =
        "message "
            + id
            + "\ntaken from "
            + database
            + "\nat "
            + Instant.now()
            + "\nbecause "
            + RocksFailures.describe(damage)
            + "\nThe file beside this one holds "
            + remains.what()
            + ".\n";
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
    try (DbLease lease = slot.lease();
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

  private Remains remains(RocksDBException damage) {
    byte[] message = unchecked();
    if (message != null) {
      return new Remains("its bytes as they were read, unchecked", message);
    }
    DamagedBlock block = DamagedBlock.of(damage);
    if (block == null || !holdsMessages(block)) {
      throw nothingLeft(damage);
    }
    try {
      return new Remains(
          "the block in which it was, with whatever else was in it, as it is in " + block,
          block.read(disk, database));
    } catch (IOException e) {
      throw IoFailures.typed("cannot save message " + id, Outcome.NOT_APPLIED, e);
    }
  }

  /** What cannot be read for another reason than damage may be readable later. */
  private byte @Nullable [] unchecked() {
    try (DbLease lease = slot.lease();
        ReadOptions options = new ReadOptions().setVerifyChecksums(false).setFillCache(false)) {
      return lease.db().get(options, id.toBytes());
    } catch (RocksDBException e) {
      if (RocksFailures.isCorruption(e)) {
        return null;
      }
      throw RocksFailures.typed("reading " + id + " from " + database, Outcome.NOT_APPLIED, e);
    }
  }

  private boolean holdsMessages(DamagedBlock block) {
    try (DbLease lease = slot.lease()) {
      return block.holdsMessages(lease.db());
    } catch (RocksDBException e) {
      if (RocksFailures.isCorruption(e)) {
        return false;
      }
      throw RocksFailures.typed("reading tables of " + database, Outcome.NOT_APPLIED, e);
    }
  }

  private SpoolException nothingLeft(RocksDBException damage) {
    return new SpoolException(
        "nothing can be saved of message " + id,
        "message "
            + id
            + " in "
            + database
            + " is damaged, nothing of its bytes can be saved, and it was left where it is ("
            + RocksFailures.describe(damage)
            + "); copy the spool's directory to a safe place, and then remove the message, which"
            + " gives it up",
        Outcome.NOT_APPLIED,
        damage);
  }

  private void write(Path file, byte[] content) throws IOException {
    try (DiskFile open = disk.create(file)) {
      open.write(ByteBuffer.wrap(content), 0);
      open.force(true);
    }
  }

  /** What is to be saved. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Remains(String what, byte[] bytes) {}
}
