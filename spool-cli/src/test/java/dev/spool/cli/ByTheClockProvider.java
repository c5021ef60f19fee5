package dev.spool.cli;

import dev.spool.CleanupReport;
import dev.spool.Deadline;
import dev.spool.DeadlineExceededException;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.SpoolProvider;
import dev.spool.filesystem.FileSpool;
import dev.spool.support.SpoolPaths;
import dev.spool.testkit.ForwardingSpool;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Opens {@code clock:/path?does=NAME}: spools that go by the wall clock where they must not, to see
 * that a contract notices it.
 */
public final class ByTheClockProvider implements SpoolProvider {
  private static final Duration OLD = Duration.ofDays(30);

  /** What such a spool does by the clock. */
  enum Does {
    /** Has a cleanup remove what is old. */
    CLEANS_UP,
    /** Lets deadlines fire. */
    GIVES_UP,
    /** Takes stores again after an error. */
    FORGIVES
  }

  @Override
  public String scheme() {
    return "clock";
  }

  @Override
  public Spool open(URI uri, Map<String, String> settings) {
    Map<String, String> own = new HashMap<>(settings);
    Does does = Does.valueOf(Objects.requireNonNull(own.remove("does"), "does"));
    own.putAll(Map.of("minFreeSpace", "0", "minFreeInodes", "0"));
    return new ByTheClock(FileSpool.builder(SpoolPaths.of(uri)).settings(own).open(), does);
  }

  private static final class ByTheClock extends ForwardingSpool {
    private final Does does;
    private volatile long refusedAt;

    ByTheClock(Spool wrapped, Does does) {
      super(wrapped);
      this.does = does;
    }

    @Override
    public CompletableFuture<CleanupReport> cleanup() {
      if (does == Does.CLEANS_UP) {
        EntryChannel all = EntryChannel.bounded(16, 1 << 20);
        var unused = wrapped.list(all);
        for (SpoolEntry entry : all) {
          if (entry instanceof SpoolEntry.Listed listed
              && listed.id().age(Instant.now()).compareTo(OLD) > 0) {
            wrapped.remove(listed.id()).join();
          }
        }
      }
      return wrapped.cleanup();
    }

    @Override
    public CompletableFuture<Void> store(
        SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
      if (does != Does.GIVES_UP || deadline == null) {
        return wrapped.store(id, data, durability, deadline);
      }
      long end = System.currentTimeMillis() + deadline.remaining().toMillis();
      CompletableFuture<Void> store = wrapped.store(id, data, durability, null).copy();
      var unused =
          CompletableFuture.runAsync(
              () -> {
                while (!store.isDone() && System.currentTimeMillis() < end) {
                  LockSupport.parkNanos(1_000_000);
                }
                store.completeExceptionally(
                    new DeadlineExceededException("by the clock", Outcome.UNKNOWN));
              });
      return store;
    }

    @Override
    public @Nullable String unhealthyReason() {
      String reason = wrapped.unhealthyReason();
      if (does != Does.FORGIVES || reason == null) {
        refusedAt = 0;
        return reason;
      }
      long now = System.currentTimeMillis();
      if (refusedAt == 0) {
        refusedAt = now;
      }
      return now - refusedAt > 1500 ? null : reason;
    }
  }
}
