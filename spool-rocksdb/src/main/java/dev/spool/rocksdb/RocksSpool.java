package dev.spool.rocksdb;

import dev.spool.support.Disk;
import dev.spool.support.Engine;
import dev.spool.support.EngineContext;
import dev.spool.support.LocalSpool;
import dev.spool.support.LocalSpoolBuilder;
import dev.spool.support.SettingValues;
import dev.spool.support.SpoolPaths;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rocksdb.CompressionType;
import org.rocksdb.InfoLogLevel;

/**
 * A spool in a RocksDB database. Stores that are under way at the same time share one write and one
 * sync of the log; many small messages cost little, and the database keeps them in few files.
 *
 * <p>The promises are those of {@link dev.spool.Spool}. Peculiar to this backend: damage is the
 * engine's, not one message's, since a block holds several; so a message that cannot be read fails
 * its load with {@link dev.spool.MessageCorruptException}, and the spool takes no more stores until
 * that is mended. A scan over a damaged block reports the keys that it spans as one {@link
 * dev.spool.SpoolEntry.Corrupt}, hands over the rest, and fails at its end. Quarantine saves what
 * can be had of the message, and removes it.
 *
 * <p>Thread-safe.
 */
public final class RocksSpool extends LocalSpool {

  private RocksSpool(Builder settings, Function<EngineContext, Engine> engine) {
    super(RocksLayout.SCHEME, settings, engine);
  }

  /**
   * Opens the spool in {@code directory} with the default settings, and makes it if there is none.
   *
   * @throws dev.spool.SpoolLockedException if it is open elsewhere
   * @throws dev.spool.UnsupportedFormatException if the directory holds something else, which was
   *     not touched
   * @throws dev.spool.SpoolIOException if it cannot be read or made
   */
  public static RocksSpool open(Path directory) {
    return builder(directory).open();
  }

  /**
   * Looks into the database: levels, files, memory, what has stopped or failed. Does I/O, on a
   * thread of the spool's, and waits for at most 10 s while the database is being opened again. A
   * spool that is only read can be looked into, too.
   *
   * @return completes with what was found, or fails with {@link dev.spool.SpoolClosedException}, or
   *     {@link dev.spool.SpoolIOException} if the database is not open, or its directory cannot be
   *     read
   */
  public CompletableFuture<RocksDiagnostics> diagnostics() {
    return ask("looking into the database", engine -> ((Inspection.Inspectable) engine).inspect());
  }

  /** Returns the settings of the spool in {@code directory}, to be changed before it is opened. */
  public static Builder builder(Path directory) {
    return new Builder(directory);
  }

  /**
   * The settings of a {@link RocksSpool}: those of every local spool, and RocksDB's own, under
   * RocksDB's names. Each can be given in a URI: {@code
   * rocksdb:/var/spool/out?cacheSize=512MiB&logLevel=warn}. Not thread-safe.
   */
  public static final class Builder extends LocalSpoolBuilder<Builder> {
    private final Path directory;
    private boolean adopt;
    private long ballast = 256L << 20;
    private long cacheSize = 256L << 20;
    private @Nullable Integer increaseParallelism;
    private @Nullable Long optimizeLevelStyleCompaction;
    private @Nullable Long optimizeUniversalStyleCompaction;
    private CompressionType compressionType = CompressionType.NO_COMPRESSION;
    private @Nullable Long compactionReadaheadSize;
    private boolean levelCompactionDynamicLevelBytes = true;
    private int maxOpenFiles = -1;
    private @Nullable Long writeBufferSize;
    private int level0StopWritesTrigger = 36;
    private InfoLogLevel logLevel = InfoLogLevel.INFO_LEVEL;
    private long memtableHugePageSize;
    private Duration logFileTimeToRoll = Duration.ofDays(1);
    private Duration obsoleteFilesPeriod = Duration.ofHours(6);
    private @Nullable Boolean useDirectIoForFlushAndCompaction;
    private @Nullable Path nativeLibraryDirectory;
    private NativeWrites writes = NativeWrites.DIRECT;
    private Duration patience = DbSlot.PATIENCE;

    private Builder(Path directory) {
      super(SpoolPaths.name(Objects.requireNonNull(directory, "directory")));
      this.directory = directory;
      setting("adopt", SettingValues::flag, this::adopt);
      setting("ballast", SettingValues::size, this::ballast);
      setting("cacheSize", SettingValues::size, this::cacheSize);
      setting("increaseParallelism", SettingValues::count, this::increaseParallelism);
      setting(
          "optimizeLevelStyleCompaction", SettingValues::size, this::optimizeLevelStyleCompaction);
      setting(
          "optimizeUniversalStyleCompaction",
          SettingValues::size,
          this::optimizeUniversalStyleCompaction);
      setting("compressionType", Function.identity(), this::compressionType);
      setting("compactionReadaheadSize", SettingValues::size, this::compactionReadaheadSize);
      setting(
          "levelCompactionDynamicLevelBytes",
          SettingValues::flag,
          this::levelCompactionDynamicLevelBytes);
      setting("maxOpenFiles", SettingValues::count, this::maxOpenFiles);
      setting("writeBufferSize", SettingValues::size, this::writeBufferSize);
      setting("level0StopWritesTrigger", SettingValues::count, this::level0StopWritesTrigger);
      setting("logLevel", Function.identity(), this::logLevel);
      setting("memtableHugePageSize", SettingValues::size, this::memtableHugePageSize);
      setting("logFileTimeToRoll", SettingValues::duration, this::logFileTimeToRoll);
      setting("obsoleteFilesPeriod", SettingValues::duration, this::obsoleteFilesPeriod);
      setting(
          "useDirectIoForFlushAndCompaction",
          SettingValues::flag,
          this::useDirectIoForFlushAndCompaction);
      setting("nativeLibraryDirectory", Path::of, this::nativeLibraryDirectory);
    }

    @Override
    protected Builder self() {
      return this;
    }

    /**
     * Whether to take over a plain RocksDB database in the directory, such as KumoMTA's, whose keys
     * are ids of 16 bytes and whose values are messages. By default false. Every key is checked
     * first; then the database's files are moved into the subdirectory {@code db}, and the
     * directory becomes a spool. One that is refused is left as it is. A spool is opened as usual.
     */
    public Builder adopt(boolean adopt) {
      this.adopt = adopt;
      return this;
    }

    /**
     * The size in bytes of a file that takes up room until there is none left, and is then deleted,
     * so that removals and compaction can go on; from 0 (none) on; by default 256 MiB. It is made
     * in the background, where enough room is left beside it; once given up, stores are refused
     * until it has been made again. It has to be at least twice {@code writeBufferSize}: to go on
     * after a full disk, RocksDB first writes what is in its log to a table; less is refused at the
     * opening. 0 where the spool shares its file system with something else that can be deleted.
     */
    public Builder ballast(long bytes) {
      ballast = SettingValues.atLeast(0, bytes);
      return this;
    }

    /**
     * The memory in bytes for blocks that were read, their indexes and filters, and what has not
     * been flushed yet; from 1 MiB on; by default 256 MiB. When half of it is taken by what has not
     * been flushed, that is flushed; writes go on meanwhile, and with the default {@link
     * #writeBufferSize} stop at three quarters. It is a budget, not a limit: it is exceeded by what
     * is being written and read at the moment; {@code docs/rocksdb.md} has by how much. Make it
     * larger if messages are loaded again and again, smaller where memory is short; with it goes
     * what {@link #writeBufferSize} may be.
     */
    public Builder cacheSize(long bytes) {
      cacheSize = SettingValues.atLeast(1 << 20, bytes);
      return this;
    }

    /**
     * The threads for flush and compaction, from 1 on; by default RocksDB's 2. They are shared by
     * all databases of the process. Make it the number of cores where compaction cannot keep up.
     */
    public Builder increaseParallelism(int threads) {
      increaseParallelism = (int) SettingValues.atLeast(1, threads);
      return this;
    }

    /**
     * Sets memtables and levels for this many bytes of memtables, from 1 MiB on, compacting by
     * levels; at most half of {@link #cacheSize}; by default not set. For spools in which messages
     * stay for long. Excludes {@link #optimizeUniversalStyleCompaction}.
     */
    public Builder optimizeLevelStyleCompaction(long memtableBytes) {
      optimizeLevelStyleCompaction = SettingValues.atLeast(1 << 20, memtableBytes);
      return this;
    }

    /**
     * Sets memtables for this many bytes, from 1 MiB on, compacting in the universal style, which
     * writes less and needs up to twice the room; at most half of {@link #cacheSize}; by default
     * not set. For spools whose disk is busier than it is full. Excludes {@link
     * #optimizeLevelStyleCompaction}.
     */
    public Builder optimizeUniversalStyleCompaction(long memtableBytes) {
      optimizeUniversalStyleCompaction = SettingValues.atLeast(1 << 20, memtableBytes);
      return this;
    }

    /**
     * How files are compressed: {@code none}, {@code snappy}, {@code zlib}, {@code bzip2}, {@code
     * lz4}, {@code lz4hc} or {@code zstd}; by default {@code none}, since most mail is gone before
     * it is compacted. Choose {@code lz4} or {@code zstd} where messages stay for long and room is
     * dear. What is there already stays as it is until it is compacted.
     */
    public Builder compressionType(String type) {
      compressionType =
          switch (type.toLowerCase(Locale.ROOT)) {
            case "none" -> CompressionType.NO_COMPRESSION;
            case "snappy" -> CompressionType.SNAPPY_COMPRESSION;
            case "zlib" -> CompressionType.ZLIB_COMPRESSION;
            case "bzip2" -> CompressionType.BZLIB2_COMPRESSION;
            case "lz4" -> CompressionType.LZ4_COMPRESSION;
            case "lz4hc" -> CompressionType.LZ4HC_COMPRESSION;
            case "zstd" -> CompressionType.ZSTD_COMPRESSION;
            default ->
                throw new IllegalArgumentException(
                    "none of none, snappy, zlib, bzip2, lz4, lz4hc, zstd");
          };
      return this;
    }

    /**
     * How many bytes compaction reads at once, from 0 (as needed) on; by default RocksDB's 2 MiB.
     * Make it larger on rotating disks. 0 leaves it to the page cache, and so excludes {@link
     * #useDirectIoForFlushAndCompaction}.
     */
    public Builder compactionReadaheadSize(long bytes) {
      compactionReadaheadSize = SettingValues.atLeast(0, bytes);
      return this;
    }

    /**
     * Whether the sizes of levels follow from the last one, which keeps the room that is wasted
     * small; by default true. Turn it off only for a database that another program made without it.
     */
    public Builder levelCompactionDynamicLevelBytes(boolean dynamic) {
      levelCompactionDynamicLevelBytes = dynamic;
      return this;
    }

    /**
     * How many files RocksDB keeps open, from 20 on, or -1 for all, which is the default: each is
     * opened once, and a missing one is noticed when the spool is opened. Limit it where the
     * process may open few files.
     */
    public Builder maxOpenFiles(int files) {
      maxOpenFiles = files == -1 ? -1 : (int) SettingValues.atLeast(20, files);
      return this;
    }

    /**
     * The size in bytes at which a memtable is flushed, from 64 KiB on, and at most half of {@link
     * #cacheSize}, which is to be raised with it; by default a quarter of it, and 64 MiB at most,
     * or what {@code optimize…} makes of it; sooner when all memtables take half of the cache.
     * There are up to three of them, while flushing takes longer than writing. The larger, the more
     * messages are removed before they are ever written to a file, and the longer an opening after
     * a crash takes. Make it larger where many messages live for longer than it takes to fill.
     */
    public Builder writeBufferSize(long bytes) {
      writeBufferSize = SettingValues.atLeast(64 << 10, bytes);
      return this;
    }

    /**
     * The files in the first level at which writes stop until compaction has caught up, from 1 on;
     * by default 36. Below 4, compaction begins as early. There is no slowing down before: a store
     * waits, up to its deadline. Make it larger where compaction cannot keep up with bursts, at the
     * price of slower loads; small, with a small {@link #writeBufferSize}, it has writes stop in
     * tests.
     */
    public Builder level0StopWritesTrigger(int files) {
      level0StopWritesTrigger = (int) SettingValues.atLeast(1, files);
      return this;
    }

    /**
     * What RocksDB writes to its own file {@code LOG}: {@code debug}, {@code info}, {@code warn},
     * {@code error}, {@code fatal} or {@code header}; by default {@code info}. It has at most four
     * files of 4 MiB, and holds no message. Leave it, so that there is something to look at when
     * RocksDB stalls; {@code warn} where every write counts.
     */
    public Builder logLevel(String level) {
      logLevel =
          switch (level.toLowerCase(Locale.ROOT)) {
            case "debug" -> InfoLogLevel.DEBUG_LEVEL;
            case "info" -> InfoLogLevel.INFO_LEVEL;
            case "warn" -> InfoLogLevel.WARN_LEVEL;
            case "error" -> InfoLogLevel.ERROR_LEVEL;
            case "fatal" -> InfoLogLevel.FATAL_LEVEL;
            case "header" -> InfoLogLevel.HEADER_LEVEL;
            default ->
                throw new IllegalArgumentException(
                    "none of debug, info, warn, error, fatal, header");
          };
      return this;
    }

    /**
     * The size in bytes of the huge pages that memtables are put into: 0 (none), or a power of 2
     * that is at most a memtable, such as 2 MiB; by default 0. Set it where the machine has
     * reserved pages of that size (vm.nr_hugepages), and large memtables; without them, ordinary
     * ones are used.
     */
    public Builder memtableHugePageSize(long bytes) {
      SettingValues.atLeast(0, bytes);
      if (Long.bitCount(bytes) > 1) {
        throw new IllegalArgumentException("neither 0 nor a power of 2");
      }
      memtableHugePageSize = bytes;
      return this;
    }

    /**
     * After how long RocksDB begins a new file {@code LOG}, in whole seconds, from 0 (only by its
     * size) on; by default a day. Make it shorter to have less in one file. A shorter one keeps
     * less, since there are four at most.
     */
    public Builder logFileTimeToRoll(Duration time) {
      SettingValues.notNegative(time);
      if (!time.equals(Duration.ofSeconds(time.toSeconds()))) {
        throw new IllegalArgumentException("not whole seconds");
      }
      logFileTimeToRoll = time;
      return this;
    }

    /**
     * How often RocksDB looks for files that nothing needs and that were not deleted at once, from
     * 0 (after each compaction) on; by default every 6 hours. Make it shorter where scans last long
     * and room is short.
     */
    public Builder obsoleteFilesPeriod(Duration period) {
      obsoleteFilesPeriod = SettingValues.notNegative(period);
      return this;
    }

    /**
     * Whether flush and compaction bypass the page cache; by default they do where the file system
     * can do it. Stores are quicker then, and do not wait for what others have written. A message
     * that has left the memtables is read from the device the first time: turn it off where most
     * messages are loaded minutes after they were stored, and memory is plenty.
     */
    public Builder useDirectIoForFlushAndCompaction(boolean direct) {
      useDirectIoForFlushAndCompaction = direct;
      return this;
    }

    /**
     * Where RocksDB's native library is unpacked, 17 MB, for all processes of this user to share;
     * by default {@code spool-rocksdbjni-USER} in {@code java.io.tmpdir}. Nobody else may be able
     * to write there, nor may it be mounted noexec. The first spool of the process decides.
     */
    public Builder nativeLibraryDirectory(Path path) {
      nativeLibraryDirectory = Objects.requireNonNull(path, "path");
      return this;
    }

    /** For tests: has the database written to in another way. */
    Builder writes(NativeWrites other) {
      writes = other;
      return this;
    }

    /** For tests: how long a call waits for the database to be opened again. */
    Builder patience(Duration other) {
      patience = other;
      return this;
    }

    /**
     * Opens the spool. Blocks until it is open.
     *
     * @throws IllegalArgumentException if settings exclude one another, naming them and the remedy
     * @throws dev.spool.SpoolLockedException if it is open elsewhere
     * @throws dev.spool.UnsupportedFormatException if the directory holds something else, or cannot
     *     be adopted; it was not touched
     * @throws dev.spool.SpoolFullException if there is no room to make it
     * @throws dev.spool.SpoolIOException if it cannot be read or made
     */
    public RocksSpool open() {
      RocksSettings settings = settings();
      boolean readOnly = isReadOnly();
      SettingChecks.check(settings, readOnly);
      return new RocksSpool(
          this,
          context -> Threads.call(context, () -> engine(context, settings, directory, readOnly)));
    }

    private static Engine engine(
        EngineContext context, RocksSettings settings, Path directory, boolean readOnly)
        throws IOException {
      return readOnly
          ? ReadOnlyEngine.open(context, settings, Disk.system(), directory)
          : Opening.open(context, settings, directory);
    }

    RocksSettings settings() {
      return new RocksSettings(
          adopt,
          ballast,
          cacheSize,
          increaseParallelism,
          optimizeLevelStyleCompaction,
          optimizeUniversalStyleCompaction,
          compressionType,
          compactionReadaheadSize,
          levelCompactionDynamicLevelBytes,
          maxOpenFiles,
          writeBufferSize,
          level0StopWritesTrigger,
          logLevel,
          memtableHugePageSize,
          logFileTimeToRoll,
          obsoleteFilesPeriod,
          useDirectIoForFlushAndCompaction,
          nativeLibraryDirectory,
          writes,
          patience);
    }
  }
}
