package dev.spool.rocksdb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rocksdb.LevelMetaData;
import org.rocksdb.RocksDB;
import org.rocksdb.SstFileMetaData;

/**
 * Which tables there are, level by level. In the first level they overlap, and the newest is the
 * first of the list; in the others none does, and they are in the order of their keys. What is in a
 * lower level is older.
 */
record Levels(List<List<Table>> levels) {

  /**
   * One table.
   *
   * @param name as RocksDB wants to have it told
   * @param size in bytes
   * @param first its least key
   * @param last its greatest key
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Table(String name, long size, byte[] first, byte[] last) {
    boolean overlaps(byte[] from, byte[] to) {
      return Arrays.compareUnsigned(first, to) <= 0 && Arrays.compareUnsigned(last, from) >= 0;
    }
  }

  /** Returns those of a database; the caller sees to it that it is not closed meanwhile. */
  static Levels of(RocksDB db) {
    List<List<Table>> levels = new ArrayList<>();
    for (LevelMetaData level : db.getColumnFamilyMetaData().levels()) {
      levels.add(level.files().stream().map(Levels::table).toList());
    }
    return new Levels(levels);
  }

  private static Table table(SstFileMetaData file) {
    return new Table(file.fileName(), file.size(), file.smallestKey(), file.largestKey());
  }

  List<Table> at(int level) {
    return levels.get(level);
  }

  /** Returns the lowest level: what was removed is dropped on the way into it. */
  int last() {
    return levels.size() - 1;
  }

  /** Returns the first level below the one of the newest that has tables; one too many if none. */
  int firstUsed() {
    int level = 1;
    while (level < levels.size() && at(level).isEmpty()) {
      level++;
    }
    return level;
  }

  /** Returns the bytes of all tables above a level. */
  long sizeAbove(int level) {
    return levels.subList(0, level).stream().mapToLong(Levels::size).sum();
  }

  long size() {
    return sizeAbove(levels.size());
  }

  static long size(List<Table> tables) {
    return tables.stream().mapToLong(Table::size).sum();
  }

  /**
   * Returns a table that is not in the first level, with all that has to be rewritten for it to
   * come down to another level: what it overlaps below, and what that overlaps further down.
   */
  List<Table> down(Table table, int level, int target) {
    List<Table> found = new ArrayList<>(List.of(table));
    byte[] from = table.first();
    byte[] to = table.last();
    for (int below = level + 1; below <= target; below++) {
      byte[] least = from;
      byte[] greatest = to;
      for (Table other : at(below)) {
        if (other.overlaps(from, to)) {
          found.add(other);
          least = Arrays.compareUnsigned(other.first(), least) < 0 ? other.first() : least;
          greatest = Arrays.compareUnsigned(other.last(), greatest) > 0 ? other.last() : greatest;
        }
      }
      from = least;
      to = greatest;
    }
    return found;
  }

  /** Returns how many bytes lie beside a table above the last level, the most for any, and it. */
  long mostBesideOne() {
    List<Table> all = levels.stream().flatMap(List::stream).toList();
    return levels.subList(0, last()).stream()
        .flatMap(List::stream)
        .mapToLong(table -> besides(all, table))
        .max()
        .orElse(0);
  }

  private static long besides(List<Table> all, Table table) {
    return all.stream()
        .filter(other -> other.overlaps(table.first(), table.last()))
        .mapToLong(Table::size)
        .sum();
  }
}
