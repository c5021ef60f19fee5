package dev.spool.rocksdb;

import dev.spool.SpoolStats.Figure;
import dev.spool.SpoolStats.Kind;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.RocksDB;

/** RocksDB's properties as figures. */
final class RocksFigures {
  private record Source(String property, String name, String unit, String description) {}

  private static final List<Source> SOURCES =
      List.of(
          new Source(
              "rocksdb.cur-size-all-mem-tables", "memtables", "bytes", "Bytes of memtables."),
          new Source(
              "rocksdb.size-all-mem-tables",
              "memtables.total",
              "bytes",
              "Bytes of memtables, with those that were flushed and are read still."),
          new Source(
              "rocksdb.num-immutable-mem-table",
              "memtables.immutable",
              "",
              "Memtables that are full, and wait for their flush."),
          new Source(
              "rocksdb.estimate-table-readers-mem",
              "tablereaders",
              "bytes",
              "Bytes that open files take outside the cache."),
          new Source(
              "rocksdb.block-cache-usage",
              "blockcache",
              "bytes",
              "Bytes in the block cache, memtables included."),
          new Source(
              "rocksdb.block-cache-capacity",
              "blockcache.capacity",
              "bytes",
              "Bytes that the block cache is to hold."),
          new Source(
              "rocksdb.block-cache-pinned-usage",
              "blockcache.pinned",
              "bytes",
              "Bytes in the block cache that cannot be dropped now."),
          new Source(
              "rocksdb.estimate-pending-compaction-bytes",
              "compaction.pending",
              "bytes",
              "Bytes that compaction has to rewrite."),
          new Source(
              "rocksdb.compaction-pending",
              "compaction.due",
              "flag",
              "Whether a compaction waits for its turn."),
          new Source(
              "rocksdb.num-running-compactions",
              "compactions.running",
              "",
              "Compactions that are under way."),
          new Source(
              "rocksdb.num-running-flushes", "flushes.running", "", "Flushes that are under way."),
          new Source(
              "rocksdb.is-write-stopped",
              "write.stopped",
              "flag",
              "Whether RocksDB takes no writes just now."),
          new Source(
              "rocksdb.actual-delayed-write-rate",
              "write.delayed.rate",
              "bytes",
              "Bytes a second that RocksDB slows writes down to; 0 while it does not."),
          new Source(
              "rocksdb.estimate-num-keys",
              "messages.estimated",
              "messages",
              "RocksDB's estimate of the messages kept."),
          new Source(
              "rocksdb.total-sst-files-size", "files.size", "bytes", "Bytes of table files."),
          new Source(
              "rocksdb.live-sst-files-size",
              "files.live.size",
              "bytes",
              "Bytes of table files that are in use."),
          new Source(
              "rocksdb.obsolete-sst-files-size",
              "files.obsolete.size",
              "bytes",
              "Bytes of table files that were replaced, and are read still or not deleted yet."));

  private RocksFigures() {}

  /**
   * Reads them.
   *
   * @param files the directory, as it was a while ago
   */
  static List<Figure> read(DbLease lease, DatabaseFiles.Census files) {
    RocksDB db = lease.db();
    List<Figure> figures = new ArrayList<>();
    for (Source source : SOURCES) {
      long value = RocksProperties.number(db, source.property);
      figures.add(gauge(source.name, source.unit, value, source.description));
    }
    figures.add(
        gauge(
            "level0.files",
            "files",
            RocksProperties.text(db, "rocksdb.num-files-at-level0"),
            "Tables in the first level."));
    figures.add(
        gauge(
            "wal.sequence",
            "",
            db.getLatestSequenceNumber(),
            "The sequence number of the last write."));
    figures.add(
        gauge("wal.files", "files", files.logs(), "Files of the write-ahead log, spare ones too."));
    figures.add(gauge("wal.size", "bytes", files.logBytes(), "Bytes of these files."));
    return figures;
  }

  private static Figure gauge(String name, String unit, long value, String description) {
    return new Figure(name, Kind.GAUGE, unit, value, description);
  }
}
