package dev.spool.rocksdb;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rocksdb.CompressionType;
import org.rocksdb.InfoLogLevel;

/**
 * What was set in {@link RocksSpool.Builder}, where each is described. A null stands for RocksDB's
 * own default, or for the value that follows from another setting.
 */
record RocksSettings(
    boolean adopt,
    long ballast,
    long cacheSize,
    @Nullable Integer increaseParallelism,
    @Nullable Long optimizeLevelStyleCompaction,
    @Nullable Long optimizeUniversalStyleCompaction,
    CompressionType compressionType,
    @Nullable Long compactionReadaheadSize,
    boolean levelCompactionDynamicLevelBytes,
    int maxOpenFiles,
    @Nullable Long writeBufferSize,
    int level0StopWritesTrigger,
    InfoLogLevel logLevel,
    long memtableHugePageSize,
    Duration logFileTimeToRoll,
    Duration obsoleteFilesPeriod,
    @Nullable Boolean useDirectIoForFlushAndCompaction,
    @Nullable Path nativeLibraryDirectory,
    NativeWrites writes,
    Duration patience) {}
