package dev.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the interface does by itself. */
class SpoolDefaultsTest {
  private final SpoolId id = SpoolId.random();
  private final Recording spool = new Recording();

  @Test
  void conveniencesNameTheirLevels() {
    spool.store(id, new byte[3]).join();
    spool.remove(id).join();
    assertThat(spool.calls).containsExactly("store 3 SYNC null", "remove BUFFERED null");
  }

  @Test
  void scansWithoutAStartTimeSeeAll() {
    EntryChannel channel = EntryChannel.bounded(1, 1);
    spool.enumerate(channel).join();
    spool.list(channel).join();
    assertThat(spool.calls).containsExactly("enumerate " + Instant.MAX, "list " + Instant.MAX);
  }

  @Test
  void defaultsOfASpoolThatHasNothingToSay() {
    assertThat(spool.compact()).isCompletedWithValue(CompactionReport.NONE);
    assertThat(spool.unhealthyReason()).isNull();
  }

  @Test
  void closeWaitsForTheShutdown() {
    assertThatCode(spool::close).doesNotThrowAnyException();
    assertThat(spool.calls).containsExactly("shutdown");
  }

  @Test
  void closeThrowsTheFailureOfTheShutdownUnwrapped() {
    SpoolException failure = new SpoolIOException("detail", null);
    spool.shutdown = CompletableFuture.failedFuture(failure);
    assertThatThrownBy(spool::close).isSameAs(failure);
    spool.shutdown =
        CompletableFuture.runAsync(
            () -> {
              throw failure;
            });
    assertThatThrownBy(spool::close).isSameAs(failure);
    spool.shutdown = CompletableFuture.failedFuture(new IllegalStateException());
    assertThatThrownBy(spool::close)
        .isInstanceOf(SpoolException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void closeThrowsASpoolExceptionIfTheShutdownsFutureWasCancelled() {
    spool.shutdown = new CompletableFuture<>();
    spool.shutdown.cancel(false);
    assertThatThrownBy(spool::close).isInstanceOf(SpoolException.class);
  }

  /** Writes down what it was asked. */
  private static final class Recording implements Spool {
    final List<String> calls = new ArrayList<>();
    CompletableFuture<Void> shutdown = CompletableFuture.completedFuture(null);

    @Override
    public CompletableFuture<byte[]> load(SpoolId id) {
      return CompletableFuture.failedFuture(new MessageNotFoundException(id));
    }

    @Override
    public CompletableFuture<Void> store(
        SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
      calls.add("store " + data.length + " " + durability + " " + deadline);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> remove(
        SpoolId id, Durability durability, @Nullable Deadline deadline) {
      calls.add("remove " + durability + " " + deadline);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
      calls.add("enumerate " + startTime);
      return CompletableFuture.completedFuture(new ScanReport(0, 0, 0, Duration.ZERO));
    }

    @Override
    public CompletableFuture<ScanReport> list(EntryChannel channel, Instant startTime) {
      calls.add("list " + startTime);
      return CompletableFuture.completedFuture(new ScanReport(0, 0, 0, Duration.ZERO));
    }

    @Override
    public CompletableFuture<CleanupReport> cleanup() {
      return CompletableFuture.completedFuture(new CleanupReport(0, 0, Duration.ZERO));
    }

    @Override
    public CompletableFuture<Long> adviseLowMemory() {
      return CompletableFuture.completedFuture(0L);
    }

    @Override
    public CompletableFuture<Void> quarantine(SpoolId id, Path directory) {
      return CompletableFuture.failedFuture(new MessageNotFoundException(id));
    }

    @Override
    public CompletableFuture<Void> shutdown() {
      calls.add("shutdown");
      return shutdown;
    }

    @Override
    public SpoolHealth health() {
      return new SpoolHealth(SpoolHealth.State.HEALTHY, null, null, Instant.EPOCH);
    }

    @Override
    public SpoolStats stats() {
      return new SpoolStats("recording", "recording", List.of());
    }
  }
}
