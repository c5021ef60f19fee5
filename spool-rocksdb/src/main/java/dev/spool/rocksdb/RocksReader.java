package dev.spool.rocksdb;

import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.LoadResults;
import dev.spool.support.ScanCall;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.ReadTier;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Reads messages, and reports what it could not read: a damaged block is damage of the engine,
 * whoever sees it. RocksDB verifies the checksum of each block that it reads from a file. Safe for
 * use by any thread.
 */
final class RocksReader implements AutoCloseable {
  /** Fewer are read one by one, which costs less then. */
  private static final int WORTH_READING_TOGETHER = 4;

  private static final long MAX_BYTES_TOGETHER = 1L << 20;

  private final Path database;
  private final DbSlot slot;
  private final EngineContext context;
  private final FailedReads failed = new FailedReads();
  private final ReadOptions loadOptions = new ReadOptions().setVerifyChecksums(true);

  /** What is beyond the limit is read by itself: so that no more than that is held twice. */
  private final ReadOptions togetherOptions =
      new ReadOptions().setVerifyChecksums(true).setValueSizeSoftLimit(MAX_BYTES_TOGETHER);

  private final ReadOptions memoryOptions =
      new ReadOptions().setVerifyChecksums(true).setReadTier(ReadTier.BLOCK_CACHE_TIER);

  private final MemoryGuess inMemory = new MemoryGuess();

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
    try (DbLease lease = slot.lease()) {
      data = lease.db().get(loadOptions, id.toBytes());
    } catch (RocksDBException e) {
      throw loadFailed(id, e);
    }
    if (data == null) {
      throw new MessageNotFoundException(id);
    }
    return data;
  }

  /** Reads messages, as {@link dev.spool.support.Engine#loadAll}. */
  void loadAll(List<SpoolId> ids, LoadResults results) {
    List<byte @Nullable []> found = together(ids);
    for (int i = 0; i < ids.size(); i++) {
      byte[] data = found.get(i);
      if (data == null) {
        try {
          data = load(ids.get(i));
        } catch (SpoolException e) {
          results.failed(i, e);
          continue;
        }
      }
      results.loaded(i, data);
    }
  }

  /**
   * Reads several with one native call. It returns null for what is not there, and also for what
   * could not be read, and does not tell the one from the other: so null means that nothing is
   * known.
   */
  private List<byte @Nullable []> together(List<SpoolId> ids) {
    if (ids.size() >= WORTH_READING_TOGETHER) {
      try (DbLease lease = slot.lease()) {
        return lease.db().multiGetAsList(togetherOptions, keys(ids));
      } catch (RocksDBException e) {
        return nothingKnown(ids); // whom it concerns is told when each is read by itself
      }
    }
    return nothingKnown(ids);
  }

  private static List<byte @Nullable []> nothingKnown(List<SpoolId> ids) {
    return Collections.nCopies(ids.size(), null);
  }

  private static List<byte[]> keys(List<SpoolId> ids) {
    List<byte[]> keys = new ArrayList<>(ids.size());
    for (SpoolId id : ids) {
      keys.add(id.toBytes());
    }
    return keys;
  }

  /**
   * Returns a message that is in a memtable or in the block cache, as {@link
   * dev.spool.support.Engine#loadFromMemory}.
   *
   * <p>What is not there is told by an exception, which takes as long as reading: so this is done
   * only while most are. {@code keyMayExist} throws nothing, but returns an empty value for what is
   * not in memory; and a call for several reads from files whatever it is told.
   */
  byte @Nullable [] loadFromMemory(SpoolId id) {
    if (!inMemory.isWorthATry()) {
      return null;
    }
    DbLease lease = slot.tryLease();
    if (lease == null) {
      return null;
    }
    byte[] data = null;
    try (lease) {
      data = lease.db().get(memoryOptions, id.toBytes());
    } catch (RocksDBException e) {
      // Incomplete: it is not in memory. Anything else is met again by the load, and told.
    }
    inMemory.tried(data != null);
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
    new RocksScan(
            database, slot, scanOptions, scan, this::scanFailed, context.health()::entryDamaged)
        .run();
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
    try (DbLease lease = slot.lease()) {
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
    togetherOptions.close();
    memoryOptions.close();
    scanOptions.close();
  }
}
