package dev.spool.rocksdb;

import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.support.EngineContext;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.CompactionStyle;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.TableProperties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back what removals have made free. A removal is a note until a compaction meets it and the
 * message; RocksDB compacts when there is much to write, and a spool that is being drained writes
 * next to nothing: so what was delivered would stay on the disk, each scan would read past it, and
 * a spool that had stopped stores for want of room would never take them again. Here it is
 * compacted when as much was removed as is left, and sooner while there is no room.
 *
 * <p>The memtable is flushed, and then each table that holds removals is compacted together with
 * what lies beside it: the smallest first, one by one, so that little room is needed. While there
 * is no room even for that, everything is compacted {@linkplain PieceByPiece piece by piece}. Rests
 * after that as long as it took, and for a while after a failure.
 *
 * <p>Belongs to a thread of its own, since it may take as long as reading all that there is.
 */
final class Reclaiming {
  private static final Duration COUNTS_EVERY = Duration.ofSeconds(10);
  private static final Duration RESTS_AFTER_FAILURE = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(Reclaiming.class);

  private final EngineContext context;
  private final DbSlot slot;
  private final Compactions compactions;
  private final TableWatch tables;
  private final WriteFailures failures;
  private final PieceByPiece.Room room;
  private final AutomaticCompactions automatic = new AutomaticCompactions();
  private final Due due = new Due();

  /** Tables that a compaction has left as they were, with their removals: not tried again. */
  private final Map<String, Long> left = new HashMap<>();

  /** How many removals the tables held when they were counted, which takes a look at each. */
  private long inTables;

  /** How much of what was ever stored, and is not compacted, is left, when that was asked last. */
  private double shareLeft;

  /** The last attempt met a want of room, so that it is made otherwise. */
  private boolean metNoRoom;

  private long countAt = System.nanoTime();
  private long restUntil = System.nanoTime();

  Reclaiming(
      EngineContext context,
      DbSlot slot,
      Compactions compactions,
      TableWatch tables,
      WriteFailures failures,
      PieceByPiece.Room room) {
    this.context = context;
    this.slot = slot;
    this.compactions = compactions;
    this.tables = tables;
    this.failures = failures;
    this.room = room;
  }

  /**
   * Does it if it is due, unless something other than room is wrong.
   *
   * @param stop asked before each table; true ends it
   */
  void run(BooleanSupplier stop) throws IOException, RocksDBException {
    automatic.resume();
    SpoolException refusal = context.health().refusal();
    boolean isShort = isShort();
    DbHandle handle = slot.current();
    long begun = System.nanoTime();
    if (handle == null
        || !handle.isWritable()
        || (refusal != null && !isShort)
        || begun - restUntil < 0
        || !isDue(handle, isShort)) {
      return;
    }
    RocksDBException failure = null;
    try {
      if (!isShort || !byPieces(handle, stop)) {
        reclaim(handle, stop);
      }
    } catch (RocksDBException e) {
      failure = e;
    }
    boolean replaced = slot.current() != handle;
    boolean noRoom = failure != null && RocksFailures.isNoSpace(failure);
    metNoRoom = noRoom || (metNoRoom && replaced);
    long now = System.nanoTime();
    countAt = now;
    restUntil = now + (failure == null ? now - begun : RESTS_AFTER_FAILURE.toNanos());
    if (isShort && replaced) {
      restUntil = now; // it was opened again, and RocksDB compacts by itself there
    }
    if (failure != null) {
      failures.compactionFailed("freeing room", handle, failure);
    }
  }

  private boolean isShort() {
    return context.health().refusal() instanceof SpoolFullException;
  }

  private boolean isDue(DbHandle handle, boolean isShort) {
    DbLease lease = handle.tryLease();
    if (lease == null) {
      return false;
    }
    try (lease) {
      long now = System.nanoTime();
      if (now - countAt >= 0) {
        inTables = inTables(lease.db());
        countAt = now + COUNTS_EVERY.toNanos();
      }
      long known = left.values().stream().mapToLong(Long::longValue).sum();
      long removed = inMemory(lease.db()) + Math.max(0, inTables - known);
      long live = RocksProperties.number(lease.db(), "rocksdb.estimate-num-keys");
      shareLeft = (double) live / Math.max(1, live + removed);
      return due.is(removed, live, isShort, now);
    }
  }

  /**
   * Does it so, if there is no room for the other way; returns false if that is to be tried, since
   * not even a piece finds room.
   */
  private boolean byPieces(DbHandle handle, BooleanSupplier stop)
      throws RocksDBException, IOException {
    long before = room.bytes();
    DbLease first = lease(handle, stop);
    if (first == null) {
      return true;
    }
    try (first) {
      if (!isForPieces(first, before)) {
        return false;
      }
      automatic.stop(first); // the next round resumes them, whatever happens in this one
      flush(first);
    }
    PieceByPiece pieces = new PieceByPiece(compactions, room, shareLeft);
    boolean done = false;
    boolean more = true;
    while (more && !done) {
      DbLease lease = lease(handle, stop);
      if (lease == null) {
        return true;
      }
      try (lease) {
        done = isEnough(lease);
        more = !done && pieces.next(lease);
      }
    }
    if (pieces.done() > 0) {
      LOG.info(
          "spool {}: {} compactions with little room: {} bytes were free, and {} are",
          context.name(),
          pieces.done(),
          before,
          room.bytes());
    }
    return done;
  }

  /** Where nobody else compacts, and RocksDB keeps what is newer in higher levels. */
  private boolean isForPieces(DbLease lease, long free) {
    if (compactions.isRunning()
        || lease.handle().options().options().compactionStyle() != CompactionStyle.LEVEL) {
      return false;
    }
    Levels levels = Levels.of(lease.db());
    // What is in memory may lie beside anything.
    long beside = inMemory(lease.db()) > 0 ? levels.size() : levels.mostBesideOne();
    return metNoRoom || beside * shareLeft > free;
  }

  /**
   * Whether all was compacted; or stores are taken, and RocksDB can go on by itself: it finds room,
   * or has to, since it would stop writes soon.
   */
  private boolean isEnough(DbLease lease) throws IOException {
    Levels levels = Levels.of(lease.db());
    if (levels.sizeAbove(levels.last()) == 0) {
      return true;
    }
    int stop = lease.handle().options().options().level0StopWritesTrigger();
    return !isShort()
        && (levels.at(0).size() >= stop / 2 || levels.mostBesideOne() * shareLeft <= room.bytes());
  }

  private static @Nullable DbLease lease(DbHandle handle, BooleanSupplier stop) {
    return stop.getAsBoolean() ? null : handle.tryLease();
  }

  private void flush(DbLease lease) throws RocksDBException, IOException {
    var unused = tables.lookAtLogs(lease.db()); // a flush needs the next one
    compactions.flush(lease);
  }

  private void reclaim(DbHandle handle, BooleanSupplier stop) throws RocksDBException, IOException {
    DbLease first = lease(handle, stop);
    if (first == null) {
      return;
    }
    List<LiveFileMetaData> found;
    Map<String, Long> removals;
    try (first) {
      flush(first);
      found = first.db().getLiveFilesMetaData();
      removals = removals(first.db());
    }
    left.keySet().retainAll(removals.keySet());
    found.sort(Comparator.comparingLong(LiveFileMetaData::size));
    for (LiveFileMetaData table : found) {
      String name = DatabaseFiles.name(table);
      if (removals.getOrDefault(name, 0L) > 0 && !left.containsKey(name)) {
        DbLease lease = lease(handle, stop);
        if (lease == null) {
          return;
        }
        try (lease) {
          if (isThere(lease.db(), name)) { // not compacted together with one before it
            compactions.compactBeside(lease, table.smallestKey(), table.largestKey());
            if (isThere(lease.db(), name)) {
              left.put(name, removals.getOrDefault(name, 0L));
            }
          }
        }
      }
    }
  }

  private static boolean isThere(RocksDB db, String table) throws RocksDBException {
    return db.getLiveFiles(false).files.contains("/" + table);
  }

  /** Returns the tables that hold removals, with how many. */
  private static Map<String, Long> removals(RocksDB db) throws RocksDBException {
    Map<String, Long> removals = new HashMap<>();
    for (Map.Entry<String, TableProperties> table : db.getPropertiesOfAllTables().entrySet()) {
      if (table.getValue().getNumDeletions() > 0) {
        String path = table.getKey();
        removals.put(path.substring(path.lastIndexOf('/') + 1), table.getValue().getNumDeletions());
      }
    }
    return removals;
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
