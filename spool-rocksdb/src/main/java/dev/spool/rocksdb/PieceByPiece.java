package dev.spool.rocksdb;

import dev.spool.rocksdb.Levels.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.rocksdb.RocksDBException;

/**
 * Compacts all that there is where there is no room to do so at once. Tables of the first level
 * span all keys, so that to compact any of them takes room for everything beside it; but they can
 * be cut:
 *
 * <ol>
 *   <li>The oldest of them, as many as find room, are rewritten into small tables at the lowest
 *       level that is empty and has only empty ones above it; then the next oldest, one level
 *       higher.
 *   <li>When no level or nothing is left, one small table after the other goes down to the last
 *       level, or as far as there is room for, with what it overlaps on its way. In the last one
 *       what was removed is dropped. What still is too large for that is cut where it is.
 *   <li>And so on, from the beginning.
 * </ol>
 *
 * <p>No piece of several tables takes more than half of the room. What is newer never comes below
 * what is older: RocksDB itself adds to each piece what has to go with it, and refuses one that
 * would break that. Each piece is a compaction of its own, so that it can end between any two, in
 * whatever way.
 *
 * <p>For one thread, and one run.
 */
final class PieceByPiece {
  private static final int MOST_SLICES = 512;
  private static final int MOST_TABLES = 1024;

  /**
   * One compaction: tables, the level that they are rewritten to, and how large the new ones are.
   */
  record Piece(List<Table> tables, int level, long tableSize, boolean cuts) {
    private Piece(List<Table> tables, int level, long tableSize) {
      this(tables, level, tableSize, false);
    }
  }

  /** Tells how many bytes are free. */
  interface Room {
    long bytes() throws IOException;
  }

  private final Compactions compactions;
  private final Room room;
  private final double shareLeft;

  /** Tables that were cut: a large message makes a large table. */
  private final Set<String> cut = new HashSet<>();

  private boolean down;
  private int done;

  /**
   * @param shareLeft how much of what there is will be left, about: 1 if nothing was removed
   */
  PieceByPiece(Compactions compactions, Room room, double shareLeft) {
    this.compactions = compactions;
    this.room = room;
    this.shareLeft = shareLeft;
  }

  /** Returns how many pieces were compacted. */
  int done() {
    return done;
  }

  /** Does one piece; returns false if there is none that fits, or nothing is left to be done. */
  boolean next(DbLease lease) throws RocksDBException, IOException {
    Optional<Piece> next = next(Levels.of(lease.db()), room.bytes());
    if (next.isEmpty()) {
      return false;
    }
    Piece piece = next.get();
    List<String> names = piece.tables().stream().map(Table::name).toList();
    List<String> made = compactions.compactTables(lease, names, piece.level(), piece.tableSize());
    made(piece, made);
    done++;
    return true;
  }

  /** Takes what a piece was made into. */
  void made(Piece piece, List<String> made) {
    if (piece.cuts()) {
      made.forEach(table -> cut.add(table.substring(table.lastIndexOf('/'))));
    }
  }

  /** Returns the next piece, if there is one that fits. */
  Optional<Piece> next(Levels levels, long free) {
    Optional<Piece> piece = down ? down(levels, free) : aside(levels, free);
    if (piece.isEmpty()) {
      down = !down;
      piece = down ? down(levels, free) : aside(levels, free);
    }
    return piece;
  }

  /**
   * The oldest tables of the first level. Where the oldest is too large, which RocksDB may have
   * merged from many: all of them, if what is left of that fits.
   */
  private Optional<Piece> aside(Levels levels, long free) {
    int level = levels.firstUsed() - 1;
    List<Table> newestFirst = levels.at(0);
    List<Table> tables = new ArrayList<>();
    long size = 0;
    for (int i = newestFirst.size() - 1; level > 0 && i >= 0; i--) {
      Table table = newestFirst.get(i);
      if (size + table.size() > (tables.isEmpty() ? mostForOne(free) : free / 2)) {
        break;
      }
      size += table.size();
      tables.add(table);
    }
    long left = (long) (Levels.size(newestFirst) * shareLeft);
    if (tables.isEmpty() && level > 0 && left <= mostForOne(free)) {
      tables.addAll(newestFirst);
      size = left;
    }
    long each = Math.max(1, size / slices(levels.size(), free));
    return tables.isEmpty() ? Optional.empty() : Optional.of(new Piece(tables, level, each));
  }

  /**
   * The table of the upper level that takes the least with it, as far down as there is room for; or
   * one that is in its way.
   */
  private Optional<Piece> down(Levels levels, long free) {
    int level = levels.firstUsed();
    if (level >= levels.last()) {
      return Optional.empty();
    }
    long small = Math.max(free / 32, levels.size() / MOST_TABLES);
    List<Table> least = List.of();
    for (int target = levels.last(); target > level; target--) {
      least = leastTo(levels, level, target);
      if (Levels.size(least) <= free / 2) {
        return Optional.of(new Piece(least, target, small));
      }
    }
    Table top = least.get(0); // it may be nothing but removals: small, and of all keys
    if (!cut.contains(top.name()) && top.size() <= mostForOne(free)) {
      long size = top.size() / slices(Levels.size(least), free);
      return Optional.of(new Piece(List.of(top), level, Math.max(1, size), true));
    }
    return least.stream()
        .filter(table -> table.size() > small && table.size() <= mostForOne(free))
        .filter(table -> !cut.contains(table.name()))
        .max(Comparator.comparingLong(Table::size))
        .map(table -> new Piece(List.of(table), levelOf(levels, table), small, true));
  }

  private static List<Table> leastTo(Levels levels, int level, int target) {
    return levels.at(level).stream()
        .map(table -> levels.down(table, level, target))
        .min(Comparator.comparingLong(Levels::size))
        .orElseThrow();
  }

  /** So many that what lies beside one of them, on all levels, is an eighth of the room. */
  private static long slices(long beside, long free) {
    return Math.min(MOST_SLICES, beside / Math.max(1, free / 8) + 1);
  }

  /** One table cannot be had in parts: so it may take nearly all room. */
  private static long mostForOne(long free) {
    return free - free / 8;
  }

  private static int levelOf(Levels levels, Table table) {
    int level = 0;
    while (!levels.at(level).contains(table)) {
      level++;
    }
    return level;
  }
}
