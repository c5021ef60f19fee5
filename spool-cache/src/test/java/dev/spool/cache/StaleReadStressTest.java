package dev.spool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.MessageNotFoundException;
import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import dev.spool.filesystem.FileSpool;
import dev.spool.memory.MemorySpool;
import dev.spool.testkit.RegisterHistory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Stores, replacements, removals, cancellations and loads of few messages by many threads, through
 * a cache that has room for some of them, over a spool that fails by chance. Each message's history
 * must be linearizable; and once everything has settled, the cache must serve what the spool holds,
 * whatever became of the changes whose outcome is unknown.
 */
class StaleReadStressTest {
  private static final int THREADS = 4;
  private static final int CALLS = 30;
  private static final int MESSAGES = 3;
  private static final int LENGTH = 500;

  /** Room for two messages of three. */
  private static final int CACHE = 2 * (LENGTH + CachingSpool.OVERHEAD_BYTES);

  private final AtomicLong numbers = new AtomicLong();

  @Test
  void noStaleReadOverMemory() {
    assertThat(violation(MemorySpool.open(), StaleReadStressTest::caching, 150)).isNull();
  }

  @Test
  void noStaleReadOverFiles(@TempDir Path dir) {
    assertThat(violation(FileSpool.open(dir), StaleReadStressTest::caching, 15)).isNull();
  }

  @Test
  void staleReadsOfTheNaiveCacheAreSeen() {
    assertThat(violation(MemorySpool.open(), NaiveCache::new, 150)).isNotNull();
  }

  private static Spool caching(Spool spool) {
    return CachingSpool.wrap(spool, CACHE);
  }

  /** Returns what was wrong in the first of so many rounds that went wrong, or null. */
  private @Nullable String violation(Spool backend, UnaryOperator<Spool> decorator, int rounds) {
    UnreliableSpool unreliable = new UnreliableSpool(backend);
    ExecutorService callers = Executors.newFixedThreadPool(THREADS);
    try (Spool cache = decorator.apply(unreliable)) {
      for (int round = 0; round < rounds; round++) {
        String violation = round(cache, unreliable, backend, callers, round);
        if (violation != null) {
          return "round " + round + ": " + violation;
        }
      }
      for (String figure : List.of("cache.hits", "cache.misses", "cache.evictions")) {
        assertThat(cache.stats().value(figure).orElseThrow()).as(figure).isPositive();
      }
      return null;
    } finally {
      callers.shutdown();
    }
  }

  private @Nullable String round(
      Spool cache, UnreliableSpool unreliable, Spool backend, ExecutorService callers, int round) {
    List<SpoolId> ids = new ArrayList<>();
    List<RegisterHistory> histories = new ArrayList<>();
    for (int i = 0; i < MESSAGES; i++) {
      ids.add(SpoolId.random());
      histories.add(new RegisterHistory());
    }
    List<CompletableFuture<Void>> running = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      SplittableRandom random = new SplittableRandom(31L * round + thread);
      running.add(
          CompletableFuture.runAsync(
              () -> {
                for (int call = 0; call < CALLS; call++) {
                  int which = random.nextInt(MESSAGES);
                  oneCall(cache, ids.get(which), histories.get(which), random);
                }
              },
              callers));
    }
    running.forEach(CompletableFuture::join);
    unreliable.settle();
    for (int i = 0; i < MESSAGES; i++) {
      String violation = histories.get(i).violation();
      if (violation == null && !Arrays.equals(read(cache, ids.get(i)), read(backend, ids.get(i)))) {
        violation = "the cache serves another message than the spool holds";
      }
      if (violation != null) {
        return violation;
      }
    }
    return null;
  }

  private void oneCall(Spool cache, SpoolId id, RegisterHistory history, SplittableRandom random) {
    int kind = random.nextInt(10);
    if (kind < 5) {
      RegisterHistory.Call call = history.load();
      byte[] message = read(cache, id);
      call.loaded(message == null ? RegisterHistory.ABSENT : ByteBuffer.wrap(message).getLong());
    } else if (kind < 8) {
      long number = numbers.incrementAndGet();
      byte[] message = ByteBuffer.allocate(LENGTH).putLong(number).array();
      RegisterHistory.Call call = history.store(number);
      change(call, cache.store(id, message, Durability.BUFFERED, null), random);
    } else {
      RegisterHistory.Call call = history.remove();
      change(call, cache.remove(id), random);
    }
  }

  private static byte @Nullable [] read(Spool spool, SpoolId id) {
    try {
      return spool.load(id).join();
    } catch (CompletionException e) {
      assertThat(SpoolException.unwrap(e)).isInstanceOf(MessageNotFoundException.class);
      return null;
    }
  }

  private static void change(
      RegisterHistory.Call call, CompletableFuture<Void> future, SplittableRandom random) {
    if (random.nextInt(10) == 0) {
      future.cancel(true);
    }
    try {
      future.join();
      call.applied();
    } catch (CancellationException e) {
      call.unknown();
    } catch (CompletionException e) {
      call.failed(SpoolException.unwrap(e));
    }
  }
}
