package dev.spool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.SpoolId;
import dev.spool.SpoolStats.Figure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class CachedMessagesTest {
  private static final int LENGTH = 1000;
  private static final int WEIGHT = LENGTH + CachingSpool.OVERHEAD_BYTES;

  @Test
  void boundHoldsAfterEachMessage() {
    CachedMessages messages = new CachedMessages(100 * WEIGHT);
    for (int i = 0; i < 1000; i++) {
      keep(messages);
      assertThat(figure(messages, "cache.entries")).isLessThanOrEqualTo(100);
      assertThat(figure(messages, "cache.bytes")).isLessThanOrEqualTo(100 * WEIGHT);
    }
    assertThat(figure(messages, "cache.entries")).isEqualTo(100);
    assertThat(figure(messages, "cache.evictions")).isEqualTo(900);
  }

  /** Also when the upkeep of one thread met the put of another, which then waits for nobody. */
  @Test
  void boundHoldsWheneverNoThreadPutsSomethingIn() {
    int threads = 4;
    CachedMessages messages = new CachedMessages(50 * WEIGHT);
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      for (int round = 0; round < 200; round++) {
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
          running.add(
              CompletableFuture.runAsync(
                  () -> {
                    for (int i = 0; i < 60; i++) {
                      keep(messages);
                    }
                  },
                  executor));
        }
        running.forEach(CompletableFuture::join);
        assertThat(figure(messages, "cache.entries")).isLessThanOrEqualTo(50);
      }
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void droppingCountsWhatWasThere() {
    CachedMessages messages = new CachedMessages(100 * WEIGHT);
    for (int i = 0; i < 7; i++) {
      keep(messages);
    }
    assertThat(messages.drop()).isEqualTo(7 * WEIGHT);
    assertThat(messages.drop()).isZero();
    assertThat(figure(messages, "cache.bytes")).isZero();
    assertThat(figure(messages, "cache.evictions")).as("no eviction: it was asked for").isZero();
  }

  private static void keep(CachedMessages messages) {
    messages.put(SpoolId.random(), new byte[LENGTH]);
    messages.trim();
  }

  private static long figure(CachedMessages messages, String name) {
    return messages.figures().stream()
        .filter(figure -> figure.name().equals(name))
        .mapToLong(Figure::value)
        .sum();
  }
}
