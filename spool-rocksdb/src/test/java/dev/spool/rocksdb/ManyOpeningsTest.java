package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Opening and closing again and again leaves nothing allocated, but what RocksDB's own Java
 * interface leaks. {@code -Dspool.test.openings=2000} has it done 10,000 times.
 */
@Tag("same-on-any-jdk")
@EnabledOnOs(OS.LINUX)
class ManyOpeningsTest {
  private static final int OPENINGS = Integer.getInteger("spool.test.openings", 50);
  private static final int WARM_UP = 50;

  /** A leak is in every one of them; what the allocator keeps, and gives back, is in some. */
  private static final int ROUNDS = 5;

  /** What the allocator and the JVM itself may have grown by meanwhile, in each round. */
  private static final long SLACK = 1 << 20;

  /** Ten times what was measured for RocksDB's own leak. */
  private static final long PER_OPENING = 4 << 10;

  /** Opens a spool, uses it, and closes it; opens it again underneath, too. */
  static final class Spools {
    private Spools() {}

    public static void main(String[] args) {
      Path directory = Path.of(args[0]);
      int openings = Integer.parseInt(args[1]);
      useAll(directory, WARM_UP);
      long[] grown = new long[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        long before = NativeMemory.resident();
        useAll(directory, openings);
        grown[round] = NativeMemory.resident() - before;
      }
      Arrays.sort(grown);
      System.out.println("grown " + grown[ROUNDS / 2]);
    }

    private static void useAll(Path directory, int openings) {
      for (int i = 0; i < openings; i++) {
        use(directory);
      }
    }

    private static void use(Path directory) {
      try (RocksSpool spool =
          RocksSpool.builder(directory)
              .ballast(0)
              .minFreeSpace(SpaceThreshold.off())
              .minFreeInodes(SpaceThreshold.off())
              .cleanupInterval(Duration.ZERO)
              .open()) {
        SpoolId id = SpoolId.random();
        Spooled.get(spool.store(id, new byte[1000], Durability.BUFFERED, null));
        Spooled.get(spool.load(id));
        Spooled.get(spool.diagnostics());
        Spooled.get(spool.remove(id, Durability.BUFFERED, null));
      }
    }
  }

  /** Opens a plain database as often, closing all that can be closed. */
  static final class Plain {
    private Plain() {}

    public static void main(String[] args) throws RocksDBException {
      int openings = Integer.parseInt(args[1]);
      Databases.make(Path.of(args[0]), Map.of());
      openAll(args[0], WARM_UP);
      long before = NativeMemory.resident();
      openAll(args[0], openings);
      System.out.println("grown " + (NativeMemory.resident() - before));
      before = NativeMemory.resident();
      for (int i = 0; i < openings * 10; i++) {
        ReadOptions leaked = new ReadOptions();
        if (!leaked.isOwningHandle()) {
          throw new AssertionError();
        }
      }
      System.out.println("options " + (NativeMemory.resident() - before) / 10);
    }

    private static void openAll(String directory, int openings) throws RocksDBException {
      for (int i = 0; i < openings; i++) {
        try (Options options = new Options();
            RocksDB db = RocksDB.open(options, directory)) {
          db.get(new byte[16]);
        }
      }
    }
  }

  @Test
  void openingAndClosingAgainAndAgainLeavesNothingAllocated(@TempDir Path dir) throws Exception {
    String said =
        NativeMemory.runWithOneArena(
            Spools.class, 64, dir.resolve("s").toString(), Integer.toString(OPENINGS));
    long grown = NativeMemory.figure(said, "grown");
    System.out.println(
        ROUNDS + " rounds of " + OPENINGS + " openings of a spool: grown by " + grown + " bytes");
    assertThat(grown).isLessThan(SLACK + OPENINGS * PER_OPENING);
  }

  /** What RocksDB itself leaks: so that it is known when that changes. */
  @Test
  void plainDatabaseLeaksItsDefaultReadOptionsAndNoMore(@TempDir Path dir) throws Exception {
    String said =
        NativeMemory.runWithOneArena(
            Plain.class, 64, dir.resolve("p").toString(), Integer.toString(OPENINGS));
    long grown = NativeMemory.figure(said, "grown");
    System.out.println(
        OPENINGS
            + " openings of a plain database: grown by "
            + grown
            + " bytes; as many default read options: "
            + NativeMemory.figure(said, "options"));
    assertThat(grown).isLessThan(SLACK + OPENINGS * PER_OPENING);
  }
}
