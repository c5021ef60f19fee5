package dev.spool.rocksdb;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Properties;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.util.StdErrLogger;

/**
 * The options of one opening, and the native objects that belong to them. What the promises rest on
 * is fixed here; the rest comes from {@link RocksSettings}.
 *
 * <p>Thread-safe: constant after construction. Freed after the database.
 */
final class RocksOptions implements AutoCloseable {
  /**
   * RocksDB's own default for levels: with {@link #close}, every level has the same compression.
   */
  private static final int LEVELS = 7;

  private static final long LOG_FILE_SIZE = 4L << 20;
  private static final int LOG_FILES = 4;
  private static final int RECYCLED_WALS = 4;
  private static final int MEMTABLES = 3;
  private static final long DEFAULT_WRITE_BUFFER = 64L << 20;
  private static final int BLOOM_BITS = 10;

  /** 256 GiB: RocksDB's default for the limit at which writes stop. */
  private static final long PENDING_COMPACTION_LIMIT = 256L << 30;

  /** Freed last to first. */
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();

  private final Cache cache;
  private final Options options;

  private RocksOptions(RocksSettings settings, boolean verifyLogs) {
    cache = own(new LRUCache(settings.cacheSize()));
    options = own(verifyLogs ? verifyingLogs() : new Options());
  }

  /**
   * Has the manifest name each file of the log that is complete and synced, with its length, and
   * refuses to open when one of them is missing or cut off, which RocksDB does not notice
   * otherwise. The Java interface has no method for it.
   */
  private static Options verifyingLogs() {
    Properties properties = new Properties();
    properties.setProperty("track_and_verify_wals_in_manifest", "true");
    try (DBOptions database = DBOptions.getDBOptionsFromProps(properties);
        ColumnFamilyOptions family = new ColumnFamilyOptions()) {
      return new Options(database, family);
    }
  }

  /**
   * Returns the options of the owner.
   *
   * @param create whether to make a database if there is none
   * @param verifyLogs whether to refuse a database of whose log a file is missing or cut off
   * @param directIo whether flush and compaction bypass the page cache
   */
  static RocksOptions ofOwner(
      RocksSettings settings, boolean create, boolean verifyLogs, boolean directIo) {
    RocksOptions made = new RocksOptions(settings, verifyLogs);
    boolean whole = false;
    try {
      made.setCommon(settings);
      made.setCompaction(settings, directIo);
      made.setDurability(create);
      made.setInfoLog(settings);
      whole = true;
      return made;
    } finally {
      if (!whole) {
        made.close();
      }
    }
  }

  /**
   * Returns the options of somebody who only reads, beside an owner: nothing is written, an info
   * log neither.
   */
  static RocksOptions ofReader(RocksSettings settings) {
    // RocksDB kills the process that reads without this what was written with it.
    RocksOptions made = new RocksOptions(settings, true);
    made.setCommon(settings);
    // All files are opened at once, and stay open: the owner may delete them at any time.
    made.options.setMaxOpenFiles(-1);
    made.options.setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery);
    // Lets no level through. Without a logger RocksDB would make a file LOG, and rename the
    // owner's.
    made.options.setLogger(made.own(new StdErrLogger(InfoLogLevel.NUM_INFO_LOG_LEVELS)));
    return made;
  }

  private void setCommon(RocksSettings settings) {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setIndexType(IndexType.kBinarySearch)
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setFilterPolicy(own(new BloomFilter(BLOOM_BITS)));
    options
        .setTableFormatConfig(table)
        .setParanoidChecks(true)
        .setForceConsistencyChecks(true)
        .setAllowMmapWrites(false)
        .setAllowMmapReads(false)
        .setMaxOpenFiles(settings.maxOpenFiles())
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
  }

  private void setCompaction(RocksSettings settings, boolean directIo) {
    // First those that set many others, so that the single ones win.
    Long level = settings.optimizeLevelStyleCompaction();
    Long universal = settings.optimizeUniversalStyleCompaction();
    if (level != null) {
      options.optimizeLevelStyleCompaction(level);
    } else if (universal != null) {
      options.optimizeUniversalStyleCompaction(universal);
    } else {
      options.setWriteBufferSize(defaultWriteBuffer(settings)).setMaxWriteBufferNumber(MEMTABLES);
    }
    Long writeBuffer = settings.writeBufferSize();
    if (writeBuffer != null) {
      options.setWriteBufferSize(writeBuffer);
    }
    Integer parallelism = settings.increaseParallelism();
    if (parallelism != null) {
      options.setIncreaseParallelism(parallelism);
    }
    Long readahead = settings.compactionReadaheadSize();
    if (readahead != null) {
      options.setCompactionReadaheadSize(readahead);
    }
    CompressionType compression = settings.compressionType();
    int stop = settings.level0StopWritesTrigger();
    options
        // RocksDB would raise the stop to it.
        .setLevel0FileNumCompactionTrigger(Math.min(stop, options.level0FileNumCompactionTrigger()))
        .setCompressionType(compression)
        .setCompressionPerLevel(
            universal == null ? Collections.nCopies(LEVELS, compression) : List.of())
        .setLevelCompactionDynamicLevelBytes(settings.levelCompactionDynamicLevelBytes())
        // With noSlowdown a write that would be slowed down is refused, as if writes had stopped:
        // so there is no slowing
        // down before the stop.
        .setLevel0StopWritesTrigger(stop)
        .setLevel0SlowdownWritesTrigger(stop)
        .setSoftPendingCompactionBytesLimit(PENDING_COMPACTION_LIMIT)
        .setHardPendingCompactionBytesLimit(PENDING_COMPACTION_LIMIT)
        .setMemtableHugePageSize(settings.memtableHugePageSize())
        .setDeleteObsoleteFilesPeriodMicros(settings.obsoleteFilesPeriod().toNanos() / 1000)
        .setUseDirectIoForFlushAndCompaction(directIo)
        // Memtables are charged to the cache: one budget. Half of it at most is theirs, and then
        // they are flushed early.
        .setWriteBufferManager(own(new WriteBufferManager(settings.cacheSize() / 2, cache)));
  }

  /**
   * Returns the size of a memtable if none is set. Writes go on while one is flushed, and the
   * budget flushes no second one then: so it is such that all that there may be stay within it.
   */
  static long defaultWriteBuffer(RocksSettings settings) {
    return Math.min(DEFAULT_WRITE_BUFFER, settings.cacheSize() / (MEMTABLES + 1));
  }

  private void setDurability(boolean create) {
    options
        .setCreateIfMissing(create)
        .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
        .setRecycleLogFileNum(RECYCLED_WALS)
        .setManualWalFlush(false)
        .setAvoidFlushDuringRecovery(false)
        // What failed stays failed until the spool itself has opened the database again.
        .setMaxBgErrorResumeCount(0);
  }

  private void setInfoLog(RocksSettings settings) {
    options
        .setInfoLogLevel(settings.logLevel())
        .setMaxLogFileSize(LOG_FILE_SIZE)
        .setKeepLogFileNum(LOG_FILES)
        .setLogFileTimeToRoll(settings.logFileTimeToRoll().toSeconds());
  }

  Options options() {
    return options;
  }

  /** Returns what the cache holds, memtables included, in bytes. */
  long cacheUsage() {
    return cache.getUsage();
  }

  private <T extends AutoCloseable> T own(T object) {
    owned.push(object);
    return object;
  }

  @Override
  public void close() {
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException(e); // freeing a native object throws nothing
      }
    }
  }
}
