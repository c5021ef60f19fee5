package dev.spool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.Spools;
import dev.spool.testkit.Stress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Commands over very many messages: in a heap that all of them would not fit into, and killed again
 * and again. {@code -Dspool.copy.entries=1000000} has it run with a million.
 */
@Tag("same-on-any-jdk")
final class ManyEntriesTest {
  private static final int ENTRIES = Integer.getInteger("spool.copy.entries", 200_000);

  /** Of the copy that is killed: what counts there is not how many, but how often. */
  private static final int KILLED =
      Integer.getInteger("spool.copy.entries", Stress.count(50_000, ENTRIES));

  /** Small enough that ids and lengths alone of all messages would exhaust it. */
  private static final String HEAP = "10m";

  /** Of progress: small beside what a copy takes. */
  private static final Duration OFTEN = Duration.ofMillis(20);

  private static final int IN_FLIGHT = 4096;

  @TempDir static Path shared;

  @TempDir Path temporary;

  private static String source;

  @BeforeAll
  static void fill() throws InterruptedException {
    source = Cli.uri("rocksdb", shared.resolve("source")) + "&ballast=0";
    fill(source, ENTRIES);
  }

  /** Messages of up to 150 bytes, a second apart. */
  private static void fill(String uri, int entries) throws InterruptedException {
    Random random = new Random(42);
    Instant first = Instant.parse("2025-01-01T00:00:00Z");
    Semaphore room = new Semaphore(IN_FLIGHT);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    try (Spool spool = Spools.open(uri)) {
      for (int i = 0; i < entries; i++) {
        byte[] message = new byte[4 + random.nextInt(147)];
        random.nextBytes(message);
        ByteBuffer.wrap(message).putInt(i);
        room.acquire();
        var unused =
            spool
                .store(SpoolId.at(first.plusSeconds(i)), message, Durability.BUFFERED, null)
                .whenComplete(
                    (done, failed) -> {
                      room.release();
                      if (failed != null) {
                        failure.set(failed);
                      }
                    });
      }
      room.acquire(IN_FLIGHT);
    }
    assertThat(failure.get()).isNull();
  }

  /** Four times while it copies, and once while it verifies. */
  @Test
  void copyThatIsKilledFiveTimesEndsCompleteAndIdentical() throws Exception {
    String from = Cli.uri("rocksdb", temporary.resolve("from")) + "&ballast=0";
    fill(from, KILLED);

    String to = Cli.uri("rocksdb", temporary.resolve("to")) + "&ballast=0";
    killAndFinish(from, to, KILLED, 5, OFTEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "rocksdb"})
  void copyBetweenBackendsThatIsKilled(String from) throws Exception {
    int entries = 1_000;
    String few = Cli.uri(from, temporary.resolve("from"));
    fill(few, entries);

    String to = from.equals("file") ? "rocksdb" : "file";
    killAndFinish(few, Cli.uri(to, temporary.resolve("to")), entries, 3, Duration.ZERO);
  }

  /** The last kill is while it verifies, the others while it copies. */
  private static void killAndFinish(
      String from, String to, int entries, int kills, Duration betweenLines) throws IOException {
    for (int kill = 1; kill < kills; kill++) {
      try (CommandChild child = CommandChild.start(HEAP, betweenLines, "copy", from, to)) {
        // What is there already counts, so that each gets further than the one before.
        child.killAt("copied", (long) entries * kill / kills);
      }
    }
    try (CommandChild child = CommandChild.start(HEAP, betweenLines, "copy", from, to)) {
      child.killAt("verified", entries / 2);
    }
    try (CommandChild child = CommandChild.start(HEAP, OFTEN, "copy", "--json", from, to)) {
      assertThat(child.finish()).as(child.said()).isZero();
      assertThat(child.said())
          .contains("{\"verified\":" + entries + ",")
          .contains(",\"stored\":0,\"conflicts\":0,\"missing\":0,\"damagedInSource\":0,");
    }
    assertIdentical(from, to, entries);
  }

  /** Compares what both hold, independently of how the command does. */
  private static void assertIdentical(String from, String to, int entries) throws IOException {
    try (Spool one = Spools.open(from + "&readOnly=true");
        Spool other = Spools.open(to + "&readOnly=true")) {
      AtomicInteger compared = new AtomicInteger();
      EntryChannel channel = EntryChannel.bounded(1000, 1 << 20);
      var scan = one.enumerate(channel);
      for (SpoolEntry entry : channel) {
        SpoolEntry.Item item = (SpoolEntry.Item) entry;
        if (!Arrays.equals(item.data(), other.load(item.id()).join())) {
          throw new AssertionError(item.id() + " differs");
        }
        compared.incrementAndGet();
      }
      scan.join();
      assertThat(compared).hasValue(entries);
      assertThat(count(other)).isEqualTo(entries);
    }
  }

  private static int count(Spool spool) {
    EntryChannel channel = EntryChannel.bounded(1000, 1 << 20);
    var scan = spool.list(channel);
    int count = 0;
    for (Iterator<SpoolEntry> entries = channel.iterator(); entries.hasNext(); entries.next()) {
      count++;
    }
    scan.join();
    return count;
  }

  @Test
  void lists() throws IOException {
    try (CommandChild child = CommandChild.start(HEAP, OFTEN, "ls", source)) {
      assertThat(child.finish()).as(child.said()).isZero();
      assertThat(child.lineCount()).isEqualTo(ENTRIES);
    }
  }

  @Test
  void counts() throws IOException {
    String said = succeeds("stat", source);

    assertThat(said).containsPattern("TOTAL +" + ENTRIES + " ");
    assertThat(said).contains("counted ");
  }

  @Test
  void verifies() throws IOException {
    String said = succeeds("verify", source);

    assertThat(said).contains(Text.messages(ENTRIES) + " whole").contains("verified ");
  }

  @Test
  void cleansUp() throws IOException {
    assertThat(succeeds("cleanup", source)).contains("nothing to clean up");
  }

  @Test
  void copiesAndCompacts() throws IOException {
    String target = Cli.uri("rocksdb", temporary.resolve("to")) + "&ballast=0";

    assertThat(succeeds("copy", source, target)).contains(Text.messages(ENTRIES)).contains("to go");
    assertThat(succeeds("compact", target)).contains("compacted in ");
  }

  private static String succeeds(Object... words) throws IOException {
    try (CommandChild child = CommandChild.start(HEAP, OFTEN, words)) {
      assertThat(child.finish()).as(child.said()).isZero();
      return child.said();
    }
  }
}
