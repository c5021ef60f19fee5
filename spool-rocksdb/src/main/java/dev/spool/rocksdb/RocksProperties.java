package dev.spool.rocksdb;

import java.util.Map;
import java.util.Set;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** RocksDB's properties, of which one that an opening does not have counts as nothing. */
final class RocksProperties {
  /** How often flush or compaction has failed since the opening. */
  static final String BACKGROUND_ERRORS = "rocksdb.background-errors";

  private RocksProperties() {}

  /** Returns a property that is a number; 0 if there is none. */
  static long number(RocksDB db, String property) {
    try {
      return db.getLongProperty(property);
    } catch (RocksDBException e) {
      return 0;
    }
  }

  /** Returns a property that is a number written as text; 0 if there is none. */
  static long text(RocksDB db, String property) {
    try {
      return Long.parseLong(db.getProperty(property).strip());
    } catch (RocksDBException | NumberFormatException e) {
      return 0;
    }
  }

  /** Returns the entries of a property that is a map; none if there is no such. */
  static Set<Map.Entry<String, String>> map(RocksDB db, String property) {
    try {
      return db.getMapProperty(property).entrySet();
    } catch (RocksDBException e) {
      return Set.of();
    }
  }
}
