package dev.spool.rocksdb;

import dev.spool.support.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.rocksdb.LiveFileMetaData;

/**
 * Finds the tables that the database counts on and whose names are gone. It would not notice by
 * itself: it keeps them open, and reads on what the next opening will miss.
 */
final class MissingTables {
  private MissingTables() {}

  /**
   * Returns the names of the tables that are missing, for people; empty if none is.
   *
   * @param database where they lie
   */
  static List<String> find(DbLease lease, Disk disk, Path database) throws IOException {
    List<String> missing = new ArrayList<>();
    for (String table : live(lease)) {
      if (!disk.exists(database.resolve(table))) {
        missing.add(table);
      }
    }
    if (!missing.isEmpty()) {
      missing.retainAll(live(lease)); // one that was compacted meanwhile was deleted by RocksDB
    }
    return missing;
  }

  private static Set<String> live(DbLease lease) {
    Set<String> names = new HashSet<>();
    for (LiveFileMetaData table : lease.db().getLiveFilesMetaData()) {
      names.add(table.fileName().replaceFirst("^/", ""));
    }
    return names;
  }
}
