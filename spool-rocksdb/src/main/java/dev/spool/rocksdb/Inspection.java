package dev.spool.rocksdb;

import dev.spool.rocksdb.RocksDiagnostics.Background;
import dev.spool.rocksdb.RocksDiagnostics.Compaction;
import dev.spool.rocksdb.RocksDiagnostics.Files;
import dev.spool.rocksdb.RocksDiagnostics.Level;
import dev.spool.rocksdb.RocksDiagnostics.Memory;
import dev.spool.rocksdb.RocksDiagnostics.Wal;
import dev.spool.rocksdb.RocksDiagnostics.Writes;
import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDB;

/** Takes {@link RocksDiagnostics}, from an open database and its directory. */
final class Inspection {
  private static final String STOPS = "stops";
  private static final String TOTAL = "total-stops";

  /** An engine that can be looked into. */
  interface Inspectable {
    /** Looks. Takes a while where the database is being opened again. */
    RocksDiagnostics inspect() throws IOException;
  }

  private final Disk disk;
  private final Path database;
  private final DbLease lease;
  private final RocksDB db;

  private Inspection(Disk disk, Path database, DbLease lease) {
    this.disk = disk;
    this.database = database;
    this.lease = lease;
    this.db = lease.db();
  }

  /** Takes it, under a lease. */
  static RocksDiagnostics of(Disk disk, Path database, DbLease lease, Background background)
      throws IOException {
    return new Inspection(disk, database, lease).take(background);
  }

  private RocksDiagnostics take(Background background) throws IOException {
    // First: what is made meanwhile is then live without being listed, and counts as that.
    DatabaseFiles.Census listed = DatabaseFiles.census(disk, database);
    List<LiveFileMetaData> live = db.getLiveFilesMetaData();
    return new RocksDiagnostics(
        Instant.now(),
        lease.handle().barred() == null && !lease.handle().isReadOnly(),
        levels(live),
        new Compaction(
            number("rocksdb.estimate-pending-compaction-bytes"),
            flag("rocksdb.compaction-pending"),
            number("rocksdb.num-running-compactions"),
            number("rocksdb.num-immutable-mem-table"),
            number("rocksdb.num-running-flushes")),
        new Writes(
            flag("rocksdb.is-write-stopped"), number("rocksdb.actual-delayed-write-rate"), stops()),
        files(listed, live),
        new Wal(listed.logs(), listed.logBytes(), db.getLatestSequenceNumber()),
        new Memory(
            number("rocksdb.size-all-mem-tables"),
            number("rocksdb.cur-size-all-mem-tables"),
            number("rocksdb.estimate-table-readers-mem"),
            lease.handle().options().cacheUsage(),
            number("rocksdb.block-cache-pinned-usage"),
            number("rocksdb.block-cache-capacity")),
        background);
  }

  private List<Level> levels(List<LiveFileMetaData> live) {
    int count = db.numberLevels();
    long[] files = new long[count];
    long[] bytes = new long[count];
    for (LiveFileMetaData table : live) {
      files[table.level()]++;
      bytes[table.level()] += table.size();
    }
    List<Level> levels = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      levels.add(new Level(number, files[number], bytes[number]));
    }
    return levels;
  }

  private static Files files(DatabaseFiles.Census listed, List<LiveFileMetaData> live) {
    long liveBytes = 0;
    Set<String> names = new HashSet<>();
    for (LiveFileMetaData table : live) {
      names.add(DatabaseFiles.name(table));
      liveBytes += table.size();
    }
    long obsolete = 0;
    long obsoleteBytes = 0;
    for (Map.Entry<String, Long> table : listed.tables().entrySet()) {
      if (!names.contains(table.getKey())) {
        obsolete++;
        obsoleteBytes += table.getValue();
      }
    }
    return new Files(live.size(), liveBytes, obsolete, obsoleteBytes);
  }

  private Map<String, Long> stops() {
    Map<String, Long> stops = new TreeMap<>();
    for (Map.Entry<String, String> count :
        RocksProperties.map(db, "rocksdb.cf-write-stall-stats")) {
      String cause = count.getKey();
      long times = Long.parseLong(count.getValue());
      if (times > 0 && cause.endsWith(STOPS) && !cause.equals(TOTAL)) {
        stops.put(cause, times);
      }
    }
    return stops;
  }

  private long number(String property) {
    return RocksProperties.number(db, property);
  }

  private boolean flag(String property) {
    return number(property) != 0;
  }
}
