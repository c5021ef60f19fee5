package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.rocksdb.Levels.Table;
import dev.spool.rocksdb.PieceByPiece.Piece;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is compacted with what, on tables that are not there: a byte of room is a byte of keys. */
@Tag("same-on-any-jdk")
class PieceByPieceTest {
  private static final int LEVELS = 7;
  private static final int LAST = LEVELS - 1;
  private static final int KEYS = 1 << 20;

  private final List<List<Table>> levels =
      new ArrayList<>(IntStream.range(0, LEVELS).mapToObj(level -> List.<Table>of()).toList());

  private final PieceByPiece pieces =
      new PieceByPiece(new Compactions(ForkJoinPool.commonPool()), () -> 0, 1);
  private int made;

  /** A full disk after many stores: 16 tables of all keys, and as much again below them. */
  @Test
  void everythingGoesDownInPiecesThatFitIntoHalfOfTheRoom() {
    levels.set(0, IntStream.range(0, 16).mapToObj(i -> table(0, KEYS, 64_000)).toList());
    levels.set(5, tables(8, 500_000));
    levels.set(LAST, tables(8, 500_000));
    assertThat(compact(310_000)).isPositive();
  }

  @Test
  void aFiftiethOfRoomIsEnough() {
    levels.set(0, IntStream.range(0, 16).mapToObj(i -> table(0, KEYS, 4_000)).toList());
    levels.set(LAST, tables(100, 1_100_000));
    assertThat(compact(25_000)).isPositive();
  }

  /** Few bytes, of all keys: in parts it meets a part only of what lies below it. */
  @Test
  void tableOfRemovalsIsCut() {
    levels.set(5, tables(1, 17_000));
    levels.set(LAST, tables(36, 2_300_000));
    assertThat(compact(733_000)).isPositive();
  }

  /** Each message is a table of its own, so that many overlap a little. */
  @Test
  void largeMessagesGoDownLevelByLevel() {
    for (int level = 1; level <= LAST; level++) {
      levels.set(level, tables(10 + level, (10 + level) * 1_000L));
    }
    assertThat(compact(9_000)).isPositive();
  }

  /** Nothing may lie above what a table of the first level is put into. */
  @Test
  void firstLevelWaitsUntilTheLevelBelowItIsEmpty() {
    levels.set(0, List.of(table(0, KEYS, 1_000)));
    levels.set(1, tables(4, 4_000));
    levels.set(LAST, tables(4, 4_000));
    Piece first = pieces.next(new Levels(levels), 10_000).orElseThrow();
    assertThat(first.level()).isEqualTo(LAST);
    assertThat(compact(10_000)).isPositive();
  }

  @Test
  void oldestTablesOfTheFirstLevelGoFirst() {
    Table newest = table(0, KEYS, 1_000);
    Table older = table(0, KEYS, 1_000);
    Table oldest = table(0, KEYS, 1_000);
    levels.set(0, List.of(newest, older, oldest));
    levels.set(LAST, tables(1, 1_000));
    Piece first = pieces.next(new Levels(levels), 4_000).orElseThrow();
    assertThat(first.tables()).containsExactly(oldest, older);
    assertThat(first.level()).isEqualTo(LAST - 1);
  }

  /** And are not put into a level that has other tables of the same keys above or in it. */
  @Test
  void nextOldestComeToTheLevelAbove() {
    levels.set(0, List.of(table(0, KEYS, 1_000), table(0, KEYS, 1_000)));
    levels.set(LAST, tables(1, 1_000));
    apply(pieces.next(new Levels(levels), 2_000).orElseThrow());
    Piece second = pieces.next(new Levels(levels), 2_000).orElseThrow();
    assertThat(second.level()).isEqualTo(LAST - 2);
  }

  @Test
  void oneTableMayTakeNearlyAllRoom() {
    levels.set(0, List.of(table(0, KEYS, 1_000), table(0, KEYS, 17_500)));
    levels.set(LAST, tables(4, 4_000));
    assertThat(pieces.next(new Levels(levels), 19_900)).isEmpty();
    Piece piece = pieces.next(new Levels(levels), 20_000).orElseThrow();
    assertThat(piece.tables()).containsExactly(levels.get(0).get(1));
  }

  /** RocksDB has merged many of the first level into one, and most of that was removed. */
  @Test
  void firstLevelIsRewrittenAsAWholeIfWhatIsLeftOfItFits() {
    levels.set(0, List.of(table(0, KEYS, 1_000), table(0, KEYS, 39_000)));
    levels.set(LAST, tables(4, 4_000));
    Compactions compactions = new Compactions(ForkJoinPool.commonPool());
    PieceByPiece most = new PieceByPiece(compactions, () -> 0, 0.5);
    assertThat(most.next(new Levels(levels), 22_800)).isEmpty();
    Piece piece = most.next(new Levels(levels), 22_900).orElseThrow();
    assertThat(piece.tables()).containsExactlyElementsOf(levels.get(0));
  }

  @Test
  void tableThatFindsNoRoomIsLeft() {
    levels.set(0, List.of(table(0, KEYS, 1_000), table(0, KEYS, 100_000)));
    levels.set(LAST, tables(4, 4_000));
    assertThat(pieces.next(new Levels(levels), 20_000)).isEmpty();
  }

  @Test
  void nothingIsDoneWhereAllIsInTheLastLevel() {
    levels.set(LAST, tables(4, 4_000));
    assertThat(pieces.next(new Levels(levels), 1 << 20)).isEmpty();
  }

  /** Large messages: a table that stays as large as it was is not cut again and again. */
  @Test
  void tablesThatCannotBeCutEndIt() {
    levels.set(5, List.of(table(0, KEYS, 30_000)));
    levels.set(LAST, List.of(table(0, KEYS, 30_000)));
    for (int cuts = 0; cuts < 2; cuts++) {
      Piece cut = pieces.next(new Levels(levels), 70_000).orElseThrow();
      assertThat(cut.cuts()).isTrue();
      Table same = table(0, KEYS, 30_000);
      pieces.made(cut, List.of("/db" + same.name()));
      levels.set(cut.level(), List.of(same));
    }
    assertThat(pieces.next(new Levels(levels), 70_000)).isEmpty();
  }

  /** Compacts to the end; returns how many pieces that took. */
  private int compact(long room) {
    int count = 0;
    long before = new Levels(levels).size();
    while (true) {
      Optional<Piece> piece = pieces.next(new Levels(levels), room);
      if (piece.isEmpty()) {
        assertThat(new Levels(levels).sizeAbove(LAST)).as("what is left").isZero();
        assertThat(new Levels(levels).size()).isEqualTo(before);
        return count;
      }
      assertThat(Levels.size(piece.get().tables())).isLessThanOrEqualTo(room / 2);
      apply(piece.get());
      assertThat(++count).isLessThan(5_000);
    }
  }

  /** As RocksDB would, if nothing was removed. */
  private void apply(Piece piece) {
    List<Table> in = piece.tables();
    for (int level = 0; level < LEVELS; level++) {
      levels.set(level, levels.get(level).stream().filter(t -> !in.contains(t)).toList());
    }
    byte[] from = in.stream().map(Table::first).min(PieceByPieceTest::compare).orElseThrow();
    byte[] to = in.stream().map(Table::last).max(PieceByPieceTest::compare).orElseThrow();
    int first = ByteBuffer.wrap(from).getInt();
    int keys = ByteBuffer.wrap(to).getInt() + 1 - first;
    long size = Levels.size(in);
    int count = (int) Math.max(1, size / piece.tableSize());
    List<Table> out = new ArrayList<>(levels.get(piece.level()));
    out.forEach(table -> assertThat(table.overlaps(from, to)).as("overlap").isFalse());
    List<Table> fresh = cut(first, keys, count, size);
    out.addAll(fresh);
    out.sort(Comparator.comparing(Table::first, PieceByPieceTest::compare));
    levels.set(piece.level(), out);
    pieces.made(piece, fresh.stream().map(table -> "/db" + table.name()).toList());
  }

  private List<Table> tables(int count, long size) {
    return cut(0, KEYS, count, size);
  }

  private List<Table> cut(int from, int keys, int count, long size) {
    List<Table> tables = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int first = from + (int) ((long) keys * i / count);
      int end = from + (int) ((long) keys * (i + 1) / count);
      tables.add(table(first, end, size * (i + 1) / count - size * i / count));
    }
    return tables;
  }

  private Table table(int first, int end, long size) {
    return new Table("/" + ++made + ".sst", size, key(first), key(end - 1));
  }

  private static byte[] key(int key) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(key).array();
  }

  private static int compare(byte[] one, byte[] other) {
    return Arrays.compareUnsigned(one, other);
  }
}
