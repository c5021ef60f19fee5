package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolException;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * File calls of RocksDB and of the spool fail, one kind of call on one kind of file at a time, while
 * it works, and go on failing until they are mended: nothing that was acknowledged is lost, nothing
 * is promised meanwhile that is not kept, and without being closed the spool takes stores again.
 */
class FailingDeviceTest {
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

  @ParameterizedTest
  @CsvSource({
    // the log
    "write, .log, 5",
    "sync, .log, 5",
    "write, .log, 28",
    "sync, .log, 28",
    // a table, by flush and compaction
    "write, .sst, 5",
    "sync, .sst, 5",
    "write, .sst, 28",
    "open, .sst, 24",
    // the manifest
    "write, MANIFEST, 5",
    "sync, MANIFEST, 5",
    "write, MANIFEST, 28",
    "sync, MANIFEST, 28",
  })
  void nothingIsLostAndStoresComeBack(String call, String part, String errno, @TempDir Path dir)
      throws IOException {
    jvm.run("mended", call, part, errno, dir.toString());
  }

  /** What is run where files fail. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws IOException {
      FaultyJvm.serve(
          words -> {
            switch (words[0]) {
              case "mended" ->
                  mended(Path.of(words[4]), words[1] + " " + words[2] + " " + words[3]);
              default -> throw new IllegalArgumentException(words[0]);
            }
          });
    }

    private static void mended(Path dir, String rule) throws IOException {
      Ledger ledger = new Ledger();
      try (RocksSpool spool = open(dir)) {
        ledger.storeAll(spool, 20, 1000);
        Spooled.get(spool.adviseLowMemory());
        ledger.storeAll(spool, 20, 1000);
        FaultyJvm.fail(rule);
        List<CompletableFuture<?>> calls = disturb(spool, ledger);
        Spooled.await("a call fails", () -> !FaultyJvm.hits().isEmpty());
        Spooled.await("it is noticed", () -> spool.health().state() != State.HEALTHY);
        assertThat(ledger.unreadable(spool, false)).as("messages that cannot be read").isZero();
        FaultyJvm.clear();
        for (CompletableFuture<?> call : calls) {
          typed(call);
        }
        ledger.settle();
        Spooled.await("stores are taken again", () -> spool.unhealthyReason() == null);
        ledger.storeAll(spool, 10, 1000);
        ledger.assertHeld(spool);
        Spooled.get(spool.compact());
        Spooled.await("it is well", () -> spool.health().state() == State.HEALTHY);
      }
      reopened(dir, ledger);
    }

    /** Everything that writes, at the same time; ends sooner or later. */
    private static List<CompletableFuture<?>> disturb(RocksSpool spool, Ledger ledger) {
      List<CompletableFuture<?>> calls = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        calls.add(ledger.startStore(spool, 3000, Durability.SYNC));
        calls.add(ledger.startStore(spool, 3000, Durability.BUFFERED));
        ledger.startRemove(spool, ledger.oldest());
      }
      calls.add(spool.adviseLowMemory());
      calls.add(spool.compact());
      return calls;
    }

    private static void typed(CompletableFuture<?> call) {
      try {
        var unused = Spooled.get(call);
      } catch (SpoolException e) {
        assertThat(e.detail()).isNotBlank();
      }
    }

    private static void reopened(Path dir, Ledger ledger) {
      try (RocksSpool spool = open(dir)) {
        assertThat(spool.health().reason()).isNull();
        ledger.assertHeld(spool);
        Spooled.get(spool.store(SpoolId.random(), new byte[10]));
      }
    }

    private static RocksSpool open(Path dir) {
      return RocksSpool.builder(dir)
          .ballast(0)
          .minFreeSpace(SpaceThreshold.off())
          .minFreeInodes(SpaceThreshold.off())
          .errorLatchDuration(Duration.ofSeconds(1))
          .errorUnlatchDuration(Duration.ZERO)
          .open();
    }
  }
}
