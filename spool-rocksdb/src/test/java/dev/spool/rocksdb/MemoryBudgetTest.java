package dev.spool.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spool.BackpressureTimeoutException;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import dev.spool.support.SpaceThreshold;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * How far the memory of a spool goes beyond {@code cacheSize}, with stores, loads, removals, scans
 * and compactions at the same time. {@code -Dspool.test.budgetMessages=200000} measures for long.
 */
@EnabledOnOs(OS.LINUX)
class MemoryBudgetTest {
  private static final int MESSAGES = Integer.getInteger("spool.test.budgetMessages", 4000);
  private static final long BUDGET = 32 << 20;
  private static final long IN_FLIGHT = 16 << 20;
  private static final int KEPT = 2000;
  private static final long SAMPLE_NANOS = 5_000_000;

  /** The load. */
  static final class Load {
    private final Random random = new Random(1);
    private final Deque<SpoolId> kept = new ArrayDeque<>();
    private final AtomicLong worstResident = new AtomicLong();
    private final AtomicLong worstAccounted = new AtomicLong();
    private final AtomicLong memtablesThen = new AtomicLong();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final RocksSpool spool;

    private Load(RocksSpool spool) {
      this.spool = spool;
    }

    public static void main(String[] args) {
      int messages = Integer.parseInt(args[1]);
      try (RocksSpool spool =
          RocksSpool.builder(Path.of(args[0]))
              .ballast(0)
              .cacheSize(BUDGET)
              .maxInFlightBytes(IN_FLIGHT)
              .minFreeSpace(SpaceThreshold.off())
              .minFreeInodes(SpaceThreshold.off())
              .cleanupInterval(Duration.ZERO)
              .open()) {
        Load load = new Load(spool);
        load.warmUp();
        long before = NativeMemory.resident();
        load.run(messages);
        System.out.println("resident " + (load.worstResident.get() - before));
        System.out.println("accounted " + load.worstAccounted.get());
        System.out.println("memtables " + load.memtablesThen.get());
      }
    }

    /** So that the JVM has compiled its code, and its threads are there. */
    private void warmUp() {
      for (int i = 0; i < 500; i++) {
        SpoolId id = SpoolId.random();
        Spooled.get(spool.store(id, new byte[100], Durability.BUFFERED, null));
        Spooled.get(spool.load(id));
        Spooled.get(spool.remove(id, Durability.BUFFERED, null));
      }
      Spooled.get(spool.compact());
      scan();
    }

    private void run(int messages) {
      List<CompletableFuture<Void>> helpers =
          List.of(
              CompletableFuture.runAsync(this::sample), CompletableFuture.runAsync(this::scanAll));
      CompletableFuture<?> compaction = spool.compact();
      for (int done = 0; done < messages; ) {
        done += storeSome();
        loadAndRemoveSome();
        if (done % 1024 == 0 && compaction.isDone()) {
          Spooled.get(compaction);
          compaction = spool.compact();
        }
      }
      Spooled.get(compaction);
      ended.set(true);
      helpers.forEach(CompletableFuture::join);
    }

    private int storeSome() {
      List<CompletableFuture<Void>> stores = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        byte[] data = new byte[size()];
        random.nextBytes(data);
        SpoolId id = SpoolId.random();
        kept.add(id);
        stores.add(spool.store(id, data, i % 4 == 0 ? Durability.SYNC : Durability.BUFFERED, null));
      }
      stores.forEach(Spooled::get);
      return stores.size();
    }

    /** Mail: most of it small, little of it large. */
    private int size() {
      int percent = random.nextInt(1000);
      if (percent < 900) {
        return 2_000 + random.nextInt(18_000);
      }
      return percent < 998
          ? 20_000 + random.nextInt(180_000)
          : 1_000_000 + random.nextInt(3_000_000);
    }

    private void loadAndRemoveSome() {
      List<SpoolId> ids = new ArrayList<>(kept);
      List<CompletableFuture<byte[]>> loads = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        loads.add(spool.load(ids.get(random.nextInt(ids.size()))));
      }
      loads.forEach(Spooled::get);
      while (kept.size() > KEPT) {
        Spooled.get(spool.remove(kept.remove(), Durability.BUFFERED, null));
      }
    }

    private void sample() {
      while (!ended.get()) {
        worstResident.accumulateAndGet(NativeMemory.resident(), Math::max);
        long accounted =
            spool.stats().value("blockcache").orElse(0)
                + spool.stats().value("tablereaders").orElse(0);
        if (accounted > worstAccounted.get()) {
          worstAccounted.set(accounted);
          memtablesThen.set(spool.stats().value("memtables").orElse(0));
        }
        LockSupport.parkNanos(SAMPLE_NANOS);
      }
    }

    private void scanAll() {
      while (!ended.get()) {
        scan();
      }
    }

    private void scan() {
      EntryChannel channel = EntryChannel.bounded(16, 1 << 20);
      var report = spool.enumerate(channel);
      long bytes = 0;
      for (SpoolEntry entry : channel) {
        bytes += entry instanceof SpoolEntry.Item item ? item.data().length : 0;
      }
      if (bytes < 0 || Spooled.get(report).corrupt() > 0) {
        throw new AssertionError();
      }
    }
  }

  /** As long as a flush takes, writes go on: up to three memtables, of which one may be full. */
  @Test
  void writesStopBeforeMemtablesExceedTheBudgetWhenNothingIsFlushed(@TempDir Path dir)
      throws RocksDBException {
    CapturedDatabase database = new CapturedDatabase();
    try (RocksSpool spool =
        RocksSpool.builder(dir.resolve("s"))
            .ballast(0)
            .cacheSize(BUDGET)
            .storeDeadline(Duration.ofMillis(200))
            .minFreeSpace(SpaceThreshold.off())
            .minFreeInodes(SpaceThreshold.off())
            .cleanupInterval(Duration.ZERO)
            .writes(database)
            .open()) {
      Spooled.get(spool.store(SpoolId.random(), new byte[10]));
      database.get().pauseBackgroundWork();
      try {
        assertThatThrownBy(() -> storeUpTo(2 * BUDGET, spool))
            .isInstanceOf(BackpressureTimeoutException.class);
        assertThat(spool.stats().value("blockcache").orElse(0)).isLessThan(BUDGET + (1 << 20));
      } finally {
        database.get().continueBackgroundWork();
      }
    }
  }

  private static void storeUpTo(long bytes, RocksSpool spool) {
    for (long stored = 0; stored < bytes; stored += 20_000) {
      Spooled.get(spool.store(SpoolId.random(), new byte[20_000], Durability.BUFFERED, null));
    }
  }

  /** The database as the committer sees it. */
  private static final class CapturedDatabase implements NativeWrites {
    private volatile @Nullable RocksDB db;

    RocksDB get() {
      return Objects.requireNonNull(db);
    }

    @Override
    public void write(RocksDB to, WriteOptions options, WriteBatch batch) throws RocksDBException {
      db = to;
      DIRECT.write(to, options, batch);
    }

    @Override
    public void syncWal(RocksDB to) throws RocksDBException {
      DIRECT.syncWal(to);
    }
  }

  @Test
  void memoryStaysNearTheBudgetUnderMixedLoad(@TempDir Path dir) throws Exception {
    String said =
        NativeMemory.run(Load.class, 256, dir.resolve("s").toString(), Integer.toString(MESSAGES));
    long resident = NativeMemory.figure(said, "resident");
    long accounted = NativeMemory.figure(said, "accounted");
    System.out.println(
        MESSAGES
            + " messages, cacheSize "
            + BUDGET
            + ": at most "
            + resident
            + " bytes beyond what the open spool had, of which RocksDB accounts for "
            + accounted);
    // Beyond the budget: the batch and its copies, reads and compactions under way, fragments.
    assertThat(resident).isLessThan(2 * BUDGET + 4 * IN_FLIGHT);
    // What is being read, and what was flushed and is read still, comes on top.
    assertThat(accounted).isLessThan(BUDGET + IN_FLIGHT);
  }
}
