package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Advice on memory gives back what it says, and harms nobody. */
class MemoryAdviceTest {
  private static final int MESSAGE = 100_000;
  private static final int MESSAGES = 100;

  private final List<SpoolId> ids = new ArrayList<>();
  @TempDir private Path dir;

  @Test
  void memtablesAndCacheAreGivenBackAndTheBytesAreTrue() {
    try (RocksSpool spool = open()) {
      store(spool);
      long before = allocated(spool);
      assertThat(before).isGreaterThan((long) MESSAGES * MESSAGE);
      long saved = Spooled.get(spool.adviseLowMemory());
      long after = allocated(spool);
      assertThat(saved).isCloseTo(before - after, Offset.offset(1L << 20));
      assertThat(saved).isGreaterThan((long) MESSAGES * MESSAGE);
      assertThat(after).isLessThan(1 << 20);
      assertThat(Spooled.get(spool.diagnostics()).files().live()).isOne(); // flushed
    }
  }

  @Test
  void whatWasLoadedAndIsCachedIsGivenBackToo() {
    try (RocksSpool spool = open()) {
      store(spool);
      Spooled.get(spool.adviseLowMemory());
      ids.forEach(id -> Spooled.get(spool.load(id)));
      long before = allocated(spool);
      assertThat(before).isGreaterThan((long) MESSAGES * MESSAGE);
      long saved = Spooled.get(spool.adviseLowMemory());
      assertThat(saved).isCloseTo(before - allocated(spool), Offset.offset(1L << 20));
      assertThat(saved).isGreaterThan((long) MESSAGES * MESSAGE);
      ids.forEach(id -> assertThat(Spooled.get(spool.load(id))).hasSize(MESSAGE));
    }
  }

  @Test
  void adviceWhereThereIsNothingToGiveBackSavesNothing() {
    try (RocksSpool spool = open()) {
      Spooled.get(spool.adviseLowMemory());
      assertThat(Spooled.get(spool.adviseLowMemory())).isBetween(-65_536L, 65_536L);
    }
  }

  /** The database is opened again beneath all of them, and closed: none reaches a closed one. */
  @Test
  void everybodyIsAnsweredOrRefusedWhileTheDatabaseIsOpenedAgainAndClosed() {
    AtomicBoolean ended = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    RocksSpool spool = open();
    store(spool);
    List<CompletableFuture<Void>> askers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      askers.add(CompletableFuture.runAsync(() -> ask(spool, ended, answered)));
    }
    for (int round = 0; round < 5; round++) {
      ids.forEach(id -> Spooled.get(spool.load(id))); // so that there is a cache to drop
      assertThat(Spooled.get(spool.adviseLowMemory())).isPositive();
    }
    spool.close();
    ended.set(true);
    askers.forEach(CompletableFuture::join);
    assertThat(answered).hasPositiveValue();
    assertThat(spool.stats().figures()).isNotEmpty();
    assertThat(Spooled.failure(spool.diagnostics())).isInstanceOf(SpoolClosedException.class);
    assertThat(Spooled.failure(spool.adviseLowMemory())).isInstanceOf(SpoolClosedException.class);
  }

  /** The handle leaves while groups that it has taken wait for their sync. */
  @Test
  void noStoreFailsBecauseTheDatabaseIsOpenedAgain() {
    AtomicBoolean ended = new AtomicBoolean();
    try (RocksSpool spool = open()) {
      List<CompletableFuture<Void>> producers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        producers.add(CompletableFuture.runAsync(() -> storeAndRemove(spool, ended)));
      }
      try {
        for (int round = 0; round < 20; round++) {
          Spooled.get(spool.adviseLowMemory());
        }
      } finally {
        ended.set(true);
      }
      producers.forEach(CompletableFuture::join);
      assertThat(spool.unhealthyReason()).isNull();
    }
  }

  /** Opening it again would hold up every call for as long as the device takes. */
  @Test
  void databaseStaysOpenWhileASyncTakesLong() {
    SteppedWrites writes = new SteppedWrites();
    try (RocksSpool spool = builder().writes(writes).open()) {
      store(spool);
      Spooled.get(spool.adviseLowMemory());
      ids.forEach(id -> Spooled.get(spool.load(id)));
      int before = writes.syncsBegun.get();
      writes.holdSyncs();
      CompletableFuture<Void> held = spool.store(SpoolId.random(), new byte[10]);
      try {
        Spooled.await("the sync has begun", () -> writes.syncsBegun.get() > before);
        Spooled.get(spool.adviseLowMemory());
        assertThat(Spooled.get(spool.load(ids.get(0)))).hasSize(MESSAGE);
        assertThat(allocated(spool)).as("the cache").isGreaterThan((long) MESSAGES * MESSAGE);
        assertThat(held).isNotDone();
      } finally {
        writes.letAllSyncsGo();
      }
      Spooled.get(held);
      assertThat(Spooled.get(spool.adviseLowMemory())).isGreaterThan((long) MESSAGES * MESSAGE);
    }
  }

  private static void storeAndRemove(RocksSpool spool, AtomicBoolean ended) {
    while (!ended.get()) {
      SpoolId id = SpoolId.random();
      Spooled.get(spool.store(id, new byte[1000]));
      Spooled.get(spool.remove(id));
    }
  }

  private void ask(RocksSpool spool, AtomicBoolean ended, AtomicInteger answered) {
    while (!ended.get()) {
      try {
        Spooled.get(spool.diagnostics());
        Spooled.get(spool.load(ids.get(0)));
        assertThat(spool.stats().value("blockcache")).isPresent();
        answered.incrementAndGet();
      } catch (SpoolException e) {
        assertThat(e).isInstanceOf(SpoolClosedException.class);
      }
    }
  }

  private static long allocated(RocksSpool spool) {
    RocksDiagnostics.Memory memory = Spooled.get(spool.diagnostics()).memory();
    return Math.max(memory.unflushed(), memory.cache()) + memory.tableReaders();
  }

  private void store(RocksSpool spool) {
    for (int i = 0; i < MESSAGES; i++) {
      SpoolId id = SpoolId.random();
      ids.add(id);
      Spooled.get(spool.store(id, new byte[MESSAGE], Durability.BUFFERED, null));
    }
  }

  private RocksSpool open() {
    return builder().open();
  }

  private RocksSpool.Builder builder() {
    return RocksSpool.builder(dir.resolve("s"))
        .ballast(0)
        .cacheSize(64 << 20)
        .minFreeSpace(SpaceThreshold.off())
        .minFreeInodes(SpaceThreshold.off())
        .cleanupInterval(Duration.ZERO);
  }
}
