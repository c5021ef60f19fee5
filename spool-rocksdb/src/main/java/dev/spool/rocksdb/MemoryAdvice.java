package dev.spool.rocksdb;

import dev.spool.SpoolException.Outcome;
import dev.spool.support.EngineContext;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * Gives memory back that RocksDB holds: flushes the memtables, and drops the cache by opening the
 * database again, since RocksDB's Java interface has no other way to empty one. Safe for use by any
 * thread.
 */
final class MemoryAdvice {
  /**
   * Calls wait while the database is opened again, and that waits for the sync that has begun: so
   * it is not done on a device that has just taken longer than this for one.
   */
  private static final Duration PROMPT = Duration.ofSeconds(1);

  private static final byte[] EMPTY = new byte[0];

  /** Below this a cache is not worth closing the database for. */
  private static final long CACHE_WORTH_DROPPING = 1L << 20;

  private final EngineContext context;
  private final Path database;
  private final DbSlot slot;
  private final Compactions compactions;
  private final TableWatch tables;
  private final WriteFailures failures;
  private final Reopening reopening;
  private final Committer committer;

  MemoryAdvice(
      EngineContext context,
      Path database,
      DbSlot slot,
      Compactions compactions,
      TableWatch tables,
      WriteFailures failures,
      Reopening reopening,
      Committer committer) {
    this.context = context;
    this.database = database;
    this.slot = slot;
    this.compactions = compactions;
    this.tables = tables;
    this.failures = failures;
    this.reopening = reopening;
    this.committer = committer;
  }

  /** Takes it, as {@link dev.spool.support.Engine#adviseLowMemory}. */
  long take() throws IOException {
    long before = 0;
    long afterFlush = 0;
    DbLease flushed = slot.requireWritable();
    DbHandle handle = flushed.handle();
    RocksDBException failure = null;
    try (flushed) {
      before = memory(flushed);
      var unused = tables.lookAtLogs(flushed.db()); // a flush needs the next one
      compactions.flush(flushed);
      afterFlush = memory(flushed);
    } catch (RocksDBException e) {
      failure = e;
    }
    if (failure != null) {
      failures.compactionFailed("flushing", handle, failure);
      throw RocksFailures.typed("flushing the database in " + database, Outcome.UNKNOWN, failure);
    }
    tables.failIfAny(tables.look(slot));
    // While something is wrong, what is open stays open; nor is a compaction broken off for this.
    if (afterFlush < CACHE_WORTH_DROPPING
        || compactions.isRunning()
        || context.health().unhealthyReason() != null
        || !syncsPromptly()) {
      return before - afterFlush;
    }
    reopening.reopenOrReport(handle);
    try (DbLease lease = slot.lease()) {
      return before - memory(lease);
    } catch (RocksDBException e) {
      throw RocksFailures.typed("asking for the memory in use", Outcome.UNKNOWN, e);
    }
  }

  /** A failure is reported by the committer. */
  private boolean syncsPromptly() {
    CompletableFuture<@Nullable Void> synced =
        committer.write((batch, lease) -> batch.putLogData(EMPTY));
    try {
      synced.get(PROMPT.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static long memory(DbLease lease) throws RocksDBException {
    long tables = lease.db().getLongProperty("rocksdb.cur-size-all-mem-tables");
    long readers = lease.db().getLongProperty("rocksdb.estimate-table-readers-mem");
    return Math.max(tables, lease.handle().options().cacheUsage()) + readers;
  }
}
