package dev.spool.micrometer;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolHealth;
import dev.spool.SpoolId;
import dev.spool.SpoolStats;
import dev.spool.Spools;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Spools to be measured. */
final class TestSpools {
  static final String[] BACKENDS = {"memory", "file", "rocksdb"};

  private TestSpools() {}

  /** Opens a spool, on a disk that may be full. */
  static Spool open(String backend, Path directory) {
    return Spools.open(
        switch (backend) {
          case "memory" -> "memory:" + directory.getFileName();
          case "file" -> "file:" + directory + "?minFreeSpace=0&minFreeInodes=0";
          default -> "rocksdb:" + directory + "?minFreeSpace=0&minFreeInodes=0&ballast=0";
        });
  }

  /** Passes every call on; tests override what they want to break. */
  static class Forwarding implements Spool {
    final Spool wrapped;

    Forwarding(Spool wrapped) {
      this.wrapped = wrapped;
    }

    @Override
    public CompletableFuture<byte[]> load(SpoolId id) {
      return wrapped.load(id);
    }

    @Override
    public CompletableFuture<Void> store(
        SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
      return wrapped.store(id, data, durability, deadline);
    }

    @Override
    public CompletableFuture<Void> remove(
        SpoolId id, Durability durability, @Nullable Deadline deadline) {
      return wrapped.remove(id, durability, deadline);
    }

    @Override
    public CompletableFuture<ScanReport> enumerate(EntryChannel channel, Instant startTime) {
      return wrapped.enumerate(channel, startTime);
    }

    @Override
    public CompletableFuture<ScanReport> list(EntryChannel channel, Instant startTime) {
      return wrapped.list(channel, startTime);
    }

    @Override
    public CompletableFuture<CleanupReport> cleanup() {
      return wrapped.cleanup();
    }

    @Override
    public CompletableFuture<CompactionReport> compact() {
      return wrapped.compact();
    }

    @Override
    public CompletableFuture<Long> adviseLowMemory() {
      return wrapped.adviseLowMemory();
    }

    @Override
    public CompletableFuture<Void> quarantine(SpoolId id, Path directory) {
      return wrapped.quarantine(id, directory);
    }

    @Override
    public CompletableFuture<Void> shutdown() {
      return wrapped.shutdown();
    }

    @Override
    public void close() {
      wrapped.close();
    }

    @Override
    public @Nullable String unhealthyReason() {
      return wrapped.unhealthyReason();
    }

    @Override
    public SpoolHealth health() {
      return wrapped.health();
    }

    @Override
    public SpoolStats stats() {
      return wrapped.stats();
    }
  }
}
