package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolLockedException;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

/** The device takes very long to write a table, while the spool is to be shut down. */
class HeldFilesTest {
  @TempDir private static Path shared;
  private static FaultyJvm jvm;

  @BeforeAll
  static void start() throws Exception {
    jvm = FaultyJvm.start(Child.class, shared);
  }

  @AfterAll
  static void end() throws Exception {
    if (jvm != null) {
      jvm.close();
    }
  }

  @Test
  void compactionIsGivenUpByAShutdown(@TempDir Path dir) throws IOException {
    jvm.run("compaction", dir.toString());
  }

  @Test
  void shutdownThatWaitsForItsLastFlushEndsInItsLimitAndSaysSo(@TempDir Path dir)
      throws IOException {
    jvm.run("shutdown", dir.toString());
  }

  @Test
  void lastFlushIsWaitedForUntilTheDeadlineAndLosesNothingByThat(@TempDir Path dir)
      throws IOException {
    jvm.run("flush", dir.toString());
  }

  /** What is run where files take long. */
  static final class Child {
    private static final String TABLES_ARE_HELD = "write .sst 0";
    private static final int MESSAGES = 600;
    private static final int LENGTH = 10_000;

    private Child() {}

    public static void main(String[] args) throws IOException {
      FaultyJvm.serve(
          words -> {
            Path dir = Path.of(words[1]);
            switch (words[0]) {
              case "compaction" -> compaction(dir);
              case "shutdown" -> shutdown(dir);
              case "flush" -> flush(dir);
              default -> throw new IllegalArgumentException(words[0]);
            }
          });
    }

    private static void compaction(Path dir) throws IOException {
      Ledger ledger = new Ledger();
      RocksSpool spool = builder(dir).open();
      ledger.storeAll(spool, MESSAGES, LENGTH);
      Spooled.get(spool.adviseLowMemory()); // so that it is not the flush before it that is held
      List<Path> tables = Databases.tables(dir.resolve("db"));
      FaultyJvm.fail(TABLES_ARE_HELD);
      CompletableFuture<CompactionReport> compaction = spool.compact();
      Spooled.await("it writes a table", () -> !FaultyJvm.hits().isEmpty());
      CompletableFuture<Void> end = spool.shutdown();
      Spooled.await("the shutdown waits for it", Child::shutdownWaits);
      assertThat(compaction).isNotDone();
      FaultyJvm.clear();
      assertThat(Spooled.failure(compaction)).isInstanceOf(SpoolClosedException.class);
      Spooled.get(end);
      assertThat(Databases.tables(dir.resolve("db"))).isEqualTo(tables);
      reopened(dir, ledger);
    }

    /** Whether calls are waited for: then it has told the engine that it is closing. */
    private static boolean shutdownWaits() {
      for (Map.Entry<Thread, StackTraceElement[]> thread : Thread.getAllStackTraces().entrySet()) {
        if (thread.getKey().getName().endsWith("-shutdown")) {
          return Arrays.stream(thread.getValue())
              .anyMatch(frame -> frame.getMethodName().equals("awaitIdle"));
        }
      }
      return false;
    }

    private static void shutdown(Path dir) throws IOException {
      Ledger ledger = new Ledger();
      RocksSpool spool = builder(dir).shutdownTimeout(Duration.ofMillis(100)).open();
      ledger.storeAll(spool, MESSAGES, LENGTH);
      FaultyJvm.fail(TABLES_ARE_HELD);
      SpoolException failure = Spooled.failure(spool.shutdown());
      assertThat(failure.detail()).contains("not closed within shutdownTimeout");
      Spooled.await("the flush is held", () -> !FaultyJvm.hits().isEmpty());
      assertThatThrownBy(() -> builder(dir).open()).isInstanceOf(SpoolLockedException.class);
      FaultyJvm.clear();
      Spooled.await("it is closed", () -> spool.health().reason().contains("is shut down"));
      assertThat(Databases.tables(dir.resolve("db"))).hasSize(1);
      reopened(dir, ledger);
    }

    private static void flush(Path dir) throws IOException, RocksDBException {
      DbHandle handle = DbHandleTest.handle(dir);
      byte[] key = new byte[16];
      handle.db().put(key, new byte[8 << 20]);
      FaultyJvm.fail(TABLES_ARE_HELD);
      CompletableFuture<Void> flush =
          CompletableFuture.runAsync(
              () -> LastFlush.run(handle, Deadline.after(Duration.ofMillis(100))));
      Spooled.await("it is held", () -> !FaultyJvm.hits().isEmpty());
      Spooled.get(flush);
      assertThat(RocksProperties.number(handle.db(), "rocksdb.num-running-flushes")).isOne();
      FaultyJvm.clear();
      handle.refuse();
      handle.free(); // waits for it, and may give it up
      DbHandle again = DbHandleTest.handle(dir);
      assertThat(again.db().get(key)).hasSize(8 << 20);
      DatabaseOpening.discard(again);
    }

    private static void reopened(Path dir, Ledger ledger) {
      try (RocksSpool spool = builder(dir).open()) {
        assertThat(spool.health().state()).isEqualTo(State.HEALTHY);
        ledger.assertHeld(spool);
      }
    }

    private static RocksSpool.Builder builder(Path dir) {
      return RocksSpool.builder(dir)
          .ballast(0)
          .minFreeSpace(SpaceThreshold.off())
          .minFreeInodes(SpaceThreshold.off())
          .cleanupInterval(Duration.ZERO);
    }
  }
}
