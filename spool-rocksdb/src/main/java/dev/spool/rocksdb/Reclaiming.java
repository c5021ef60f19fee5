package dev.spool.rocksdb;

import dev.spool.SpoolFullException;
import dev.spool.support.EngineContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Gives back what removals have made free. A removal is a note until a compaction meets it and the
 * message; RocksDB compacts when there is much to write, and a spool that is being drained writes
 * next to nothing: so what was delivered would stay on the disk, each scan would read past it, and
 * a spool that had stopped stores for want of room would never take them again. Here it is
 * compacted when as much was removed as is left, and sooner while there is no room.
 *
 * <p>Belongs to the upkeep.
 */
final class Reclaiming {
  private static final Duration COUNTS_EVERY = Duration.ofSeconds(10);

  private final EngineContext context;
  private final DbSlot slot;
  private final Compactions compactions;
  private final Shortage shortage;
  private final WriteFailures failures;
  private final Due due = new Due();

  /** How many removals the tables held when they were counted, which takes a look at each. */
  private long inTables;

  private long countedAt = System.nanoTime() - COUNTS_EVERY.toNanos();

  /** How many the last compaction has left, for whatever reason: they are not tried again. */
  private long left;

  Reclaiming(
      EngineContext context,
      DbSlot slot,
      Compactions compactions,
      Shortage shortage,
      WriteFailures failures) {
    this.context = context;
    this.slot = slot;
    this.compactions = compactions;
    this.shortage = shortage;
    this.failures = failures;
  }

  /**
   * Does it if it is due, unless something other than room is wrong.
   *
   * @param stop asked before each table; true ends it
   */
  void run(BooleanSupplier stop) {
    boolean isShort = isShort();
    DbHandle handle = slot.current();
    if (handle == null
        || !handle.isWritable()
        || (!isShort && context.health().unhealthyReason() != null)) {
      return;
    }
    RocksDBException failure = null;
    try {
      if (isDue(handle, isShort)) {
        reclaim(handle, stop);
      }
    } catch (RocksDBException e) {
      failure = e;
    }
    if (failure != null) {
      failures.compactionFailed("freeing room", handle, failure);
    }
  }

  private boolean isShort() {
    return shortage.isMet() || context.health().refusal() instanceof SpoolFullException;
  }

  private boolean isDue(DbHandle handle, boolean isShort) {
    DbLease lease = handle.tryLease();
    if (lease == null) {
      return false;
    }
    try (lease) {
      long now = System.nanoTime();
      if (now - countedAt >= COUNTS_EVERY.toNanos()) {
        inTables = inTables(lease.db());
        left = Math.min(left, inTables);
        countedAt = now;
      }
      long removed = inMemory(lease.db()) + inTables - left;
      long live = RocksProperties.number(lease.db(), "rocksdb.estimate-num-keys");
      return due.is(removed, live, isShort, now);
    }
  }

  private void reclaim(DbHandle handle, BooleanSupplier stop) throws RocksDBException {
    List<LiveFileMetaData> tables = List.of();
    DbLease first = handle.tryLease();
    if (first == null) {
      return;
    }
    try (first) {
      compactions.flush(first);
      if (shortage.isMet()) {
        tables = first.db().getLiveFilesMetaData();
      } else {
        compactions.compactDown(first);
      }
    }
    for (LiveFileMetaData table : tables) { // one by one: so that little room is needed for it
      DbLease lease = stop.getAsBoolean() ? null : handle.tryLease();
      if (lease == null) {
        return;
      }
      try (lease) {
        compactions.compact(lease, table.smallestKey(), table.largestKey());
      }
    }
    try (DbLease last = slot.requireWritable()) {
      left = inTables(last.db());
      inTables = left;
      countedAt = System.nanoTime();
    }
  }

  private static long inMemory(RocksDB db) {
    return RocksProperties.number(db, "rocksdb.num-deletes-active-mem-table")
        + RocksProperties.number(db, "rocksdb.num-deletes-imm-mem-tables");
  }

  private static long inTables(RocksDB db) {
    for (Map.Entry<String, String> property :
        RocksProperties.map(db, "rocksdb.aggregated-table-properties")) {
      if (property.getKey().equals("num_deletions")) {
        return Long.parseLong(property.getValue());
      }
    }
    return 0;
  }

  /** When it is time. To be asked again and again. */
  static final class Due {
    static final long MANY = 50_000;
    static final Duration LONG = Duration.ofMinutes(1);
    static final Duration SHORT_EVERY = Duration.ofSeconds(10);
    private static final int SHORT_PART = 20;

    /** Whether as much was removed as is left; while it is so, {@link #since} counts. */
    private boolean worthIt;

    private long since;
    private long last = System.nanoTime() - SHORT_EVERY.toNanos();

    /**
     * Tells whether it is.
     *
     * @param removed how many removals there are to be compacted
     * @param live how many messages there are, about
     * @param isShort whether room is wanted
     * @param now by {@code System.nanoTime()}
     */
    boolean is(long removed, long live, boolean isShort, long now) {
      boolean worth = removed > 0 && removed >= live;
      if (worth && !worthIt) {
        since = now;
      }
      worthIt = worth;
      boolean is =
          isShort
              ? removed > 0 && (removed >= live / SHORT_PART || now - last >= SHORT_EVERY.toNanos())
              : worth && (removed >= MANY || now - since >= LONG.toNanos());
      if (is) {
        worthIt = false;
        last = now;
      }
      return is;
    }
  }
}
