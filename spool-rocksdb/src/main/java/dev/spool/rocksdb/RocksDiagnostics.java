package dev.spool.rocksdb;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a RocksDB database looks like inside, at one moment: for whoever wants to know why it
 * stalls, grows or sheds, and for tests that have to. {@link RocksSpool#diagnostics} takes it. What
 * is watched all the time is in {@link dev.spool.Spool#stats}; this costs a look into the
 * directory.
 *
 * <p>The parts are read one after the other, while the database goes on.
 *
 * @param takenAt when it was taken
 * @param writable whether the database that is open takes writes: false for one that is open
 *     read-only, or on which a write has failed, until it was opened again
 * @param levels the levels, from 0 on
 * @param compaction what compaction and flush have to do
 * @param writes whether RocksDB takes writes
 * @param files the tables in the directory
 * @param wal the write-ahead log
 * @param memory what RocksDB has allocated, by kind
 * @param background what has failed in the background
 */
public record RocksDiagnostics(
    Instant takenAt,
    boolean writable,
    List<Level> levels,
    Compaction compaction,
    Writes writes,
    Files files,
    Wal wal,
    Memory memory,
    Background background) {

  /** Copies the levels. */
  public RocksDiagnostics {
    Objects.requireNonNull(takenAt, "takenAt");
    levels = List.copyOf(levels);
    Objects.requireNonNull(compaction, "compaction");
    Objects.requireNonNull(writes, "writes");
    Objects.requireNonNull(files, "files");
    Objects.requireNonNull(wal, "wal");
    Objects.requireNonNull(memory, "memory");
    Objects.requireNonNull(background, "background");
  }

  /**
   * A level: 0 holds what was flushed; the last one most of what stays.
   *
   * @param number its number
   * @param files its tables
   * @param bytes their size
   */
  public record Level(int number, long files, long bytes) {}

  /**
   * What compaction and flush have to do. All of it is 0 as well when background work is wedged: no
   * sign of health.
   *
   * @param pendingBytes what compaction has to rewrite, in bytes, as RocksDB estimates it
   * @param due whether one waits for its turn
   * @param running how many are under way
   * @param flushesDue the memtables that wait to be flushed
   * @param flushesRunning how many flushes are under way
   */
  public record Compaction(
      long pendingBytes, boolean due, long running, long flushesDue, long flushesRunning) {}

  /**
   * Whether RocksDB takes writes.
   *
   * @param stopped whether it takes none just now, since flush or compaction have to catch up
   * @param delayedBytesPerSecond what it slows writes down to; 0 if it does not
   * @param stops how often it has stopped writes since the database was opened, by cause, as
   *     RocksDB names it: {@code memtable-limit-stops}, {@code l0-file-count-limit-stops}, {@code
   *     pending-compaction-bytes-stops}; causes that have not occurred are left out
   */
  public record Writes(boolean stopped, long delayedBytesPerSecond, Map<String, Long> stops) {
    /** Copies the causes. */
    public Writes {
      stops = Map.copyOf(stops);
    }
  }

  /**
   * The tables in the directory.
   *
   * @param live those that the database consists of
   * @param liveBytes their size
   * @param obsolete those that are no part of it: replaced by a compaction and not deleted yet, or
   *     being written
   * @param obsoleteBytes their size
   */
  public record Files(long live, long liveBytes, long obsolete, long obsoleteBytes) {}

  /**
   * The write-ahead log.
   *
   * @param files its files, those included that are kept to be used again
   * @param bytes their size
   * @param lastSequence the number of the last write
   */
  public record Wal(long files, long bytes, long lastSequence) {}

  /**
   * What RocksDB has allocated, in bytes.
   *
   * @param memtables memtables, with those that were flushed and are read still
   * @param unflushed the part of them that is not flushed
   * @param tableReaders what open tables take outside the cache
   * @param cache the block cache, to which memtables are charged: so they are in it
   * @param pinned the part of the cache that cannot be dropped now
   * @param budget what the cache is to hold: the setting {@code cacheSize}
   */
  public record Memory(
      long memtables, long unflushed, long tableReaders, long cache, long pinned, long budget) {}

  /**
   * What has failed in the background.
   *
   * @param errors how often flush or compaction has failed since the spool was opened
   * @param last what the last failure said that stopped writing, naming the file; null if there was
   *     none
   * @param lastAt when that was seen; null if there was none
   */
  public record Background(long errors, @Nullable String last, @Nullable Instant lastAt) {
    /** Nothing has failed. */
    public static final Background NONE = new Background(0, null, null);
  }
}
