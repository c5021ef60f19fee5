package dev.spool.rocksdb;

import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.ScanCall;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Reads messages, and reports what it could not read: a damaged block is damage of the engine,
 * whoever sees it. RocksDB verifies the checksum of each block that it reads from a file. Safe for
 * use by any thread.
 */
final class RocksReader implements AutoCloseable {
  /** How long a call waits for the database to be opened again. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Path database;
  private final DbSlot slot;
  private final EngineContext context;
  private final FailedReads failed = new FailedReads();
  private final ReadOptions loadOptions = new ReadOptions().setVerifyChecksums(true);

  /** Scans leave the cache to those who load. */
  private final ReadOptions scanOptions =
      new ReadOptions().setVerifyChecksums(true).setFillCache(false);

  RocksReader(Path database, DbSlot slot, EngineContext context) {
    this.database = database;
    this.slot = slot;
    this.context = context;
  }

  /** Reads a message, as {@link dev.spool.support.Engine#load}. */
  byte[] load(SpoolId id) {
    byte[] data;
    try (DbLease lease = slot.lease(PATIENCE)) {
      data = lease.db().get(loadOptions, id.toBytes());
    } catch (RocksDBException e) {
      throw loadFailed(id, e);
    }
    if (data == null) {
      throw new MessageNotFoundException(id);
    }
    return data;
  }

  private SpoolException loadFailed(SpoolId id, RocksDBException failure) {
    String tried = "loading " + id + " from " + database;
    FailureClass kind = RocksFailures.classOf(failure);
    if (kind == FailureClass.FATAL) {
      failed.add(id);
    }
    context.failed(kind, tried + ": " + RocksFailures.describe(failure), failure);
    if (RocksFailures.isCorruption(failure)) {
      return new MessageCorruptException(id, database.toString(), RocksFailures.describe(failure));
    }
    return RocksFailures.typed(tried, Outcome.NOT_APPLIED, failure);
  }

  /** Hands over every entry, as {@link dev.spool.support.Engine#scan}. */
  void scan(ScanCall scan) {
    new RocksScan(database, slot, scanOptions, scan, this::scanFailed).run();
  }

  private void scanFailed(FailedReads.KeyRange range, String tried, RocksDBException failure) {
    FailureClass kind = RocksFailures.classOf(failure);
    if (kind == FailureClass.FATAL) {
      failed.add(range);
    }
    context.failed(kind, tried + ": " + RocksFailures.describe(failure), failure);
  }

  /**
   * Reads again what could not be read, and forgets what can be now.
   *
   * @throws SpoolException if something still cannot be
   */
  void repeatFailed() {
    List<SpoolId> messages = failed.messages();
    List<FailedReads.KeyRange> ranges = failed.ranges();
    try (DbLease lease = slot.lease(PATIENCE)) {
      for (SpoolId id : messages) {
        var unused = lease.db().get(loadOptions, id.toBytes());
      }
      for (FailedReads.KeyRange range : ranges) {
        readThrough(lease, range);
      }
    } catch (RocksDBException e) {
      throw RocksFailures.typed(
          "reading again what could not be read from " + database, Outcome.NOT_APPLIED, e);
    }
    failed.readable(messages, ranges);
  }

  private void readThrough(DbLease lease, FailedReads.KeyRange range) throws RocksDBException {
    byte[] to = range.to;
    try (RocksIterator iterator = lease.db().newIterator(scanOptions)) {
      RocksScan.seek(iterator, range.from);
      while (iterator.isValid() && !isAtOrBehind(iterator.key(), to)) {
        iterator.next();
      }
      iterator.status();
    }
  }

  private static boolean isAtOrBehind(byte[] key, byte @Nullable [] end) {
    return end != null && Arrays.compareUnsigned(key, end) >= 0;
  }

  /** Frees the options; after the last read. */
  @Override
  public void close() {
    loadOptions.close();
    scanOptions.close();
  }
}
