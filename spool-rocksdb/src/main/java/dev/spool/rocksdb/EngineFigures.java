package dev.spool.rocksdb;

import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The figures of an owner's engine: RocksDB's own, what the committer has counted, what has failed
 * in the background, and the log's files, as the upkeep saw them last. While the database is being
 * opened again they are those that were read last.
 */
final class EngineFigures {
  /** Looking takes a call to the file system for each file. */
  private static final Duration FILES_INTERVAL = Duration.ofSeconds(10);

  private final Disk disk;
  private final Path database;
  private final DbSlot slot;
  private final Committer committer;
  private final BackgroundErrors background;

  /** Written by the upkeep, but for the first. */
  private volatile DatabaseFiles.Census files;

  private volatile List<Figure> last = List.of();

  /** By {@code System.nanoTime()}; the upkeep's own. */
  private long lookedAt = System.nanoTime();

  EngineFigures(
      Disk disk,
      Path database,
      DbSlot slot,
      Committer committer,
      BackgroundErrors background,
      DatabaseFiles.Census files) {
    this.disk = disk;
    this.database = database;
    this.slot = slot;
    this.committer = committer;
    this.background = background;
    this.files = files;
  }

  /** Looks at the files, now and then. By the upkeep. */
  void lookAtFiles() throws IOException {
    if (System.nanoTime() - lookedAt > FILES_INTERVAL.toNanos()) {
      lookedAt = System.nanoTime();
      files = DatabaseFiles.census(disk, database);
    }
  }

  /** Returns the figures of the moment. Does no I/O. By any thread. */
  List<Figure> read() {
    DbLease lease = slot.tryLease();
    if (lease != null) {
      try (lease) {
        List<Figure> figures = RocksFigures.read(lease, files);
        figures.add(
            counter(
                "commit.groups", "", committer.groups(), "Groups of writes that were committed."));
        figures.add(counter("wal.syncs", "", committer.syncs(), "Syncs of the write-ahead log."));
        figures.add(
            counter(
                "write.stalls",
                "",
                committer.stalls(),
                "Groups of writes that had to wait until RocksDB took them."));
        figures.add(
            counter(
                "buffered.at.risk",
                "messages",
                committer.atRisk(),
                "Writes without sync that were not synced when the log failed."));
        figures.add(
            counter(
                "background.errors",
                "",
                background.seen().errors(),
                "Flushes and compactions that failed."));
        last = List.copyOf(figures);
      }
    }
    return last;
  }

  private static Figure counter(String name, String unit, long value, String description) {
    return new Figure(name, Kind.COUNTER, unit, value, description);
  }
}
