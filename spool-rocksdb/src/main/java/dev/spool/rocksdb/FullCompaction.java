package dev.spool.rocksdb;

import dev.spool.CompactionReport;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException.Outcome;
import dev.spool.support.Disk;
import dev.spool.support.EngineContext;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * A compaction of everything, which somebody has asked for: all that is not flushed is, and every
 * table is read and written anew at the bottom level. So what is missing or damaged is found, and
 * fails it. Safe for use by any thread.
 */
final class FullCompaction {
  private static final int ATTEMPTS = 3;

  private final EngineContext context;
  private final Disk disk;
  private final Path database;
  private final DbSlot slot;
  private final Compactions compactions;
  private final TableWatch tables;
  private final WriteFailures failures;

  FullCompaction(
      EngineContext context,
      Disk disk,
      Path database,
      DbSlot slot,
      Compactions compactions,
      TableWatch tables,
      WriteFailures failures) {
    this.context = context;
    this.disk = disk;
    this.database = database;
    this.slot = slot;
    this.compactions = compactions;
    this.tables = tables;
    this.failures = failures;
  }

  /** Does it, as {@link dev.spool.support.Engine#compact}. */
  CompactionReport run() throws IOException {
    long begun = System.nanoTime();
    DatabaseFiles.Census before = DatabaseFiles.census(disk, database);
    MissingTables.Found missing = tables.look(slot);
    compact(); // nevertheless: it writes anew what is open and was moved elsewhere
    if (!missing.left().isEmpty()) {
      var unused = tables.look(slot);
    }
    tables.failIfAny(missing);
    DatabaseFiles.Census after = DatabaseFiles.census(disk, database);
    return new CompactionReport(
        before.bytes(),
        after.bytes(),
        before.files(),
        after.files(),
        Duration.ofNanos(System.nanoTime() - begun));
  }

  private void compact() {
    RocksDBException reason = null;
    for (int attempt = 1; ; attempt++) {
      DbLease lease = slot.requireWritable();
      DbHandle handle = lease.handle();
      RocksDBException failure;
      try (lease) {
        compactions.flush(lease);
        compactions.compact(lease);
        return;
      } catch (RocksDBException e) {
        failure = e;
      }
      failures.compactionFailed("compacting", handle, failure);
      // Given up for an opening of the database again, or room was made meanwhile: that is no
      // reason to fail.
      boolean cancelled = RocksFailures.isCancelled(failure);
      reason = cancelled ? whyCancelled(handle, reason) : failure;
      if (cancelled && compactions.haveEnded()) {
        throw new SpoolClosedException(context.name());
      }
      boolean again = cancelled || RocksFailures.isNoSpace(failure);
      if (!again || attempt == ATTEMPTS) {
        throw RocksFailures.typed(
            "compacting the database in " + database,
            Outcome.UNKNOWN,
            reason == null ? failure : reason);
      }
    }
  }

  /** What the database is opened again for, since that says more than that this was given up. */
  private static @Nullable RocksDBException whyCancelled(
      DbHandle handle, @Nullable RocksDBException earlier) {
    return handle.barred() instanceof RocksDBException failure ? failure : earlier;
  }
}
