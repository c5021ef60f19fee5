package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.support.LoadResults;
import dev.spool.support.LocalSpool;
import dev.spool.support.SpaceThreshold;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where loads find messages, and that those that are read together fare as each by itself. */
class LoadsTest {
  @TempDir private Path dir;
  private final Map<SpoolId, byte[]> messages = new LinkedHashMap<>();

  /** No file holds them that RocksDB reads, and no other thread is asked. */
  @Test
  void messagesThatWereJustStoredAreThereAtOnce() throws IOException {
    try (RocksSpool spool = builder().open()) {
      store(spool, 100, 1000);
      assertThat(Databases.tables(dir.resolve("s/db"))).isEmpty();
      messages.forEach(
          (id, data) -> {
            CompletableFuture<byte[]> load = spool.load(id);
            assertThat(load).isDone();
            assertThat(Spooled.get(load)).isEqualTo(data).isNotSameAs(data);
          });
    }
  }

  @Test
  void removedMessageIsNotInMemoryAnyMore() {
    try (RocksSpool spool = builder().open()) {
      store(spool, 1, 1000);
      SpoolId id = ids().get(0);
      Spooled.get(spool.remove(id));
      assertThat(Spooled.failure(spool.load(id))).isInstanceOf(MessageNotFoundException.class);
    }
  }

  /** {@code RocksDB.keyMayExist} would say that it is there, and empty. */
  @Test
  void whatIsNotInMemoryIsLeftToTheLoad() {
    stored(20, 1000);
    Opened opened = new Opened(builder());
    try (LocalSpool spool = opened) {
      for (SpoolId id : messages.keySet()) {
        byte[] inMemory = opened.engine().loadFromMemory(id);
        assertThat(inMemory)
            .satisfiesAnyOf(
                data -> assertThat(data).isNull(),
                data -> assertThat(data).isEqualTo(messages.get(id)));
        assertThat(Spooled.get(spool.load(id))).isEqualTo(messages.get(id));
      }
    }
  }

  @Test
  void readFromAFileAMessageIsNotInMemoryYet() {
    stored(1, 1000);
    Opened opened = new Opened(builder());
    try (LocalSpool spool = opened) {
      assertThat(opened.engine().loadFromMemory(ids().get(0))).isNull();
      assertThat(Spooled.get(spool.load(ids().get(0)))).isEqualTo(messages.get(ids().get(0)));
    }
  }

  /** One native call tells neither of those that fail. */
  @Test
  void eachOfThoseThatAreReadTogetherIsToldWhatItIs() throws IOException {
    stored(50, 3000);
    SpoolId damaged = ids().get(25);
    Databases.damage(dir.resolve("s/db"), damaged);
    SpoolId absent = SpoolId.random();
    List<SpoolId> asked = new ArrayList<>(ids());
    asked.add(10, absent);
    Opened opened = new Opened(builder());
    try (LocalSpool spool = opened) {
      Results results = new Results(asked);
      opened.engine().loadAll(asked, results);
      assertThat(results.failed.get(absent)).isInstanceOf(MessageNotFoundException.class);
      assertThat(results.failed.get(damaged)).isInstanceOf(MessageCorruptException.class);
      assertThat(results.loaded.size() + results.failed.size()).isEqualTo(asked.size());
      assertThat(results.loaded).hasSizeGreaterThan(40);
      results.loaded.forEach((id, data) -> assertThat(data).isEqualTo(messages.get(id)));
      assertThat(spool.unhealthyReason()).isNotNull();
    }
  }

  /** A call for several ends at a limit; what is behind it is read one by one. */
  @Test
  void largeMessagesAreReadTogetherToo() {
    stored(6, 700_000);
    stored(6, 0);
    Opened opened = new Opened(builder());
    try (LocalSpool spool = opened) {
      Results results = new Results(ids());
      opened.engine().loadAll(ids(), results);
      assertThat(results.failed).isEmpty();
      assertThat(results.loaded).hasSize(12);
      results.loaded.forEach((id, data) -> assertThat(data).isEqualTo(messages.get(id)));
      assertThat(spool.unhealthyReason()).isNull();
    }
  }

  @Test
  void manyLoadsAtOnceAreAllRight() {
    stored(500, 500);
    try (RocksSpool spool = builder().open()) {
      Map<SpoolId, CompletableFuture<byte[]>> loads = new HashMap<>();
      messages.keySet().forEach(id -> loads.put(id, spool.load(id)));
      loads.forEach((id, load) -> assertThat(Spooled.get(load)).isEqualTo(messages.get(id)));
      assertThat(spool.stats().value("loads.in.flight")).hasValue(0);
    }
  }

  @Test
  void looksIntoMemoryAreGivenUpWhereTheyFindNothingAndTakenUpAgain() {
    MemoryGuess guess = new MemoryGuess();
    for (int i = 0; i < 1000; i++) {
      if (guess.isWorthATry()) {
        guess.tried(false);
      }
    }
    int tries = 0;
    for (int i = 0; i < 3200; i++) {
      tries += guess.isWorthATry() ? 1 : 0;
    }
    assertThat(tries).isBetween(50, 200);
    for (int i = 0; i < 200; i++) {
      guess.tried(true);
    }
    assertThat(guess.isWorthATry()).isTrue();
  }

  private List<SpoolId> ids() {
    return List.copyOf(messages.keySet());
  }

  /** Makes messages that are in files when the spool is opened again. */
  private void stored(int count, int length) {
    try (RocksSpool spool = builder().open()) {
      store(spool, count, length);
      Spooled.get(spool.compact());
    }
  }

  private void store(RocksSpool spool, int count, int length) {
    for (int i = 0; i < count; i++) {
      SpoolId id = SpoolId.random();
      byte[] data = new byte[length];
      Arrays.fill(data, (byte) messages.size());
      messages.put(id, data);
      Spooled.get(spool.store(id, data, Durability.BUFFERED, null));
    }
  }

  private RocksSpool.Builder builder() {
    return RocksSpool.builder(dir.resolve("s"))
        .ballast(0)
        .minFreeSpace(SpaceThreshold.off())
        .minFreeInodes(SpaceThreshold.off());
  }

  /** A spool whose engine can be called by itself. */
  private final class Opened extends LocalSpool {
    private final AtomicReference<RocksEngine> engine;

    Opened(RocksSpool.Builder settings) {
      this(settings, dir.resolve("s"), new AtomicReference<>());
    }

    private Opened(
        RocksSpool.Builder settings, Path directory, AtomicReference<RocksEngine> engine) {
      super(
          "rocksdb",
          settings,
          context -> {
            RocksEngine opened =
                Threads.call(context, () -> Opening.open(context, settings.settings(), directory));
            engine.set(opened);
            return opened;
          });
      this.engine = engine;
    }

    RocksEngine engine() {
      return Objects.requireNonNull(engine.get());
    }
  }

  private static final class Results implements LoadResults {
    final Map<SpoolId, byte[]> loaded = new HashMap<>();
    final Map<SpoolId, SpoolException> failed = new HashMap<>();
    private final List<SpoolId> asked;

    Results(List<SpoolId> asked) {
      this.asked = asked;
    }

    @Override
    public void loaded(int index, byte[] data) {
      assertThat(loaded.put(asked.get(index), data)).isNull();
    }

    @Override
    public void failed(int index, SpoolException failure) {
      assertThat(failed.put(asked.get(index), failure)).isNull();
    }
  }
}
