package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.SpoolEntry;
import dev.spool.SpoolHealth.State;
import dev.spool.SpoolId;
import dev.spool.UnsupportedFormatException;
import dev.spool.testkit.Fuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Databases with keys and values that nobody but RocksDB has chosen: each key that is no id is one
 * damaged entry, the others are messages, and a plain database with such a key is not adopted.
 */
@Tag("same-on-any-jdk")
class ForeignKeysFuzzTest {
  private static final HexFormat HEX = HexFormat.of();

  /** Of the thread that opens: the scans have threads of their own. */
  private static final long MEMORY = 64 << 20;

  private static final int[] LENGTHS = {0, 1, 15, 16, 17, 32, 33, 1000, 40_000};

  private static final int LONG_KEYS = 40;

  @TempDir private Path dir;
  private int cases;

  @Test
  void anyKeysAndValues() {
    byte[] ids = new byte[16 * 20];
    for (int i = 0; i < 20; i++) {
      System.arraycopy(SpoolId.random().toBytes(), 0, ids, 16 * i, 16);
    }
    new Fuzz("databases of any keys", MEMORY, List.of(ids))
        .run(
            10,
            1500,
            (bytes, random) -> {
              Path work = Files.createDirectory(dir.resolve("c" + cases++));
              Map<String, byte[]> content = content(bytes, random);
              adopt(work.resolve("plain"), content, random);
              scan(work.resolve("s"), content, random);
              delete(work);
            });
  }

  /** A scan takes up many small entries at a time; of long keys it takes up few. */
  @Test
  void longKeysAreNotHeldAllAtOnce() throws InterruptedException {
    Path directory = dir.resolve("s");
    RocksFixture.builder(directory, Map.of(), null).open().close();
    Map<String, byte[]> content = new LinkedHashMap<>();
    for (int i = 0; i < LONG_KEYS; i++) {
      byte[] key = new byte[1 << 20];
      key[0] = (byte) i;
      content.put(HEX.formatHex(key), new byte[1]);
    }
    Databases.make(directory.resolve("db"), content);
    content.clear();
    try (RocksSpool spool = RocksFixture.builder(directory, Map.of(), null).open();
        EntryChannel channel = EntryChannel.bounded(1, 1)) {
      long before = heap();
      CompletableFuture<ScanReport> report = spool.list(channel, Instant.MAX);
      assertThat(channel.receive()).isInstanceOf(SpoolEntry.Corrupt.class);
      assertThat(heap() - before).isLessThan(LONG_KEYS << 19);
      int damaged = 1;
      for (SpoolEntry entry : channel) {
        assertThat(entry).isInstanceOf(SpoolEntry.Corrupt.class);
        damaged++;
      }
      assertThat(damaged).isEqualTo(LONG_KEYS);
      assertThat(Spooled.get(report).corrupt()).isEqualTo(LONG_KEYS);
    }
  }

  private static long heap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** Pieces of the bytes: mostly of the length of an id. */
  private static Map<String, byte[]> content(byte[] bytes, RandomGenerator random) {
    Map<String, byte[]> content = new LinkedHashMap<>();
    boolean idsOnly = random.nextInt(3) == 0;
    int at = 0;
    while (at < bytes.length) {
      int length = idsOnly || random.nextBoolean() ? 16 : LENGTHS[random.nextInt(LENGTHS.length)];
      byte[] key = Arrays.copyOf(Arrays.copyOfRange(bytes, at, bytes.length), length);
      if (!idsOnly || RocksScan.idOf(key) != null) {
        content.put(HEX.formatHex(key), new byte[random.nextInt(2000)]);
      }
      at += 16;
    }
    content.values().forEach(random::nextBytes);
    return content;
  }

  private static boolean isForeign(String key) {
    byte[] bytes = HEX.parseHex(key);
    if (bytes.length != 16) {
      return true;
    }
    int version = (bytes[6] & 0xf0) >> 4; // as RFC 9562 has it
    boolean variant = (bytes[8] & 0xc0) == 0x80;
    return !variant || (version != 1 && version != 7);
  }

  private static void adopt(Path plain, Map<String, byte[]> content, RandomGenerator random)
      throws IOException {
    Databases.make(plain, content);
    if (random.nextBoolean()) {
      Databases.flush(plain);
    }
    if (content.keySet().stream().noneMatch(ForeignKeysFuzzTest::isForeign)) {
      try (RocksSpool spool = adopting(plain).open()) {
        look(spool, content);
      }
      return;
    }
    Map<String, String> before = Databases.contents(plain);
    assertThatThrownBy(() -> adopting(plain).open())
        .isInstanceOfSatisfying(
            UnsupportedFormatException.class,
            e -> assertThat(e.detail()).contains("a key is no id"));
    assertThat(Databases.contents(plain)).isEqualTo(before);
  }

  private static RocksSpool.Builder adopting(Path plain) {
    return RocksSpool.builder(plain).ballast(0).adopt(true);
  }

  /** Put into the database of a spool, behind its back. */
  private static void scan(Path directory, Map<String, byte[]> content, RandomGenerator random) {
    RocksFixture.builder(directory, Map.of(), null).open().close();
    Databases.make(directory.resolve("db"), content);
    Map<String, String> settings = Map.of("readOnly", String.valueOf(random.nextBoolean()));
    try (RocksSpool spool = RocksFixture.builder(directory, settings, null).open()) {
      look(spool, content);
    }
  }

  private static void look(RocksSpool spool, Map<String, byte[]> content) {
    long foreign = content.keySet().stream().filter(ForeignKeysFuzzTest::isForeign).count();
    assertThat(spool.health().state()).isEqualTo(State.HEALTHY);
    for (boolean payloads : new boolean[] {true, false}) {
      EntryChannel channel = EntryChannel.bounded(3, 10_000);
      Instant all = Instant.MAX;
      CompletableFuture<ScanReport> report =
          payloads ? spool.enumerate(channel, all) : spool.list(channel, all);
      Map<String, Object> seen = new LinkedHashMap<>();
      int damaged = 0;
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Corrupt corrupt) {
          assertThat(corrupt.id()).isNull();
          assertThat(corrupt.error()).contains("the key is no id");
          damaged++;
        } else if (entry instanceof SpoolEntry.Item item) {
          assertThat(seen.put(item.id().toString(), item.data())).isNull();
        } else if (entry instanceof SpoolEntry.Listed listed) {
          assertThat(seen.put(listed.id().toString(), listed.length())).isNull();
        }
      }
      assertThat(damaged).isEqualTo((int) foreign);
      assertThat(Spooled.get(report).corrupt()).isEqualTo(foreign);
      assertThat(seen).hasSize(content.size() - (int) foreign);
      seen.forEach(
          (id, found) -> {
            byte[] value = content.get(id);
            assertThat(found).isEqualTo(payloads ? value : (Object) (long) value.length);
            assertThat(Spooled.get(spool.load(SpoolId.parse(id)))).isEqualTo(value);
          });
    }
    assertThat(spool.unhealthyReason()).isNull();
    assertThat(spool.health().state()).isEqualTo(foreign > 0 ? State.DEGRADED : State.HEALTHY);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
