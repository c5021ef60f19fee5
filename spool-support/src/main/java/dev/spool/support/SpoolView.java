package dev.spool.support;

import dev.spool.CleanupReport;
import dev.spool.CompactionReport;
import dev.spool.Spool;
import dev.spool.SpoolHealth;
import dev.spool.SpoolStats;
import java.util.Collections;
import java.util.Date;
import java.util.IdentityHashMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Shows a spool in the types that JMX has. MXBeans know no records before JDK 21, so reports become
 * interfaces with getters, which are mapped alike by all versions. Safe for use by any thread.
 */
final class SpoolView implements SpoolMXBean {
  private final Spool spool;
  private final Supplier<SpoolStats> stats;
  private final Logger log;

  /**
   * @param stats the figures to show, without I/O
   * @param log is told of operations that fail
   */
  SpoolView(Spool spool, Supplier<SpoolStats> stats, Logger log) {
    this.spool = spool;
    this.stats = stats;
    this.log = log;
  }

  @Override
  public String getBackend() {
    return stats.get().backend();
  }

  @Override
  public SpoolHealth.State getState() {
    return spool.health().state();
  }

  @Override
  public @Nullable String getReason() {
    return spool.health().reason();
  }

  @Override
  public @Nullable String getCause() {
    Throwable cause = spool.health().cause();
    return cause == null ? null : chain(cause);
  }

  @Override
  @SuppressWarnings("JavaUtilDate") // the only point in time that JMX has a simple type for
  public Date getSince() {
    return Date.from(spool.health().since());
  }

  @Override
  public @Nullable Long getStoresInFlight() {
    return figure("stores.in.flight");
  }

  @Override
  public @Nullable Long getLoadsInFlight() {
    return figure("loads.in.flight");
  }

  @Override
  public @Nullable Long getRemovesInFlight() {
    return figure("removes.in.flight");
  }

  @Override
  public @Nullable Long getBytesInFlight() {
    return figure("bytes.in.flight");
  }

  @Override
  public @Nullable Long getCallsWaiting() {
    return figure("calls.waiting");
  }

  @Override
  public @Nullable Long getFreeBytes() {
    return figure("disk.free");
  }

  @Override
  public @Nullable Long getFreeInodes() {
    return figure("inodes.free");
  }

  private @Nullable Long figure(String name) {
    OptionalLong value = stats.get().value(name);
    return value.isPresent() ? value.getAsLong() : null;
  }

  @Override
  public Compaction compact() {
    return new Compacted(result("compact", spool::compact));
  }

  @Override
  public Cleanup cleanup() {
    return new CleanedUp(result("cleanup", spool::cleanup));
  }

  @Override
  public long adviseLowMemory() {
    return result("adviseLowMemory", spool::adviseLowMemory);
  }

  private <T> T result(String operation, Supplier<CompletableFuture<T>> begin) {
    try {
      return begin.get().join();
    } catch (RuntimeException e) {
      Throwable failure =
          e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
      // Whoever asked may have shown it to nobody.
      log.warn("spool {}: {} over JMX failed", stats.get().name(), operation, failure);
      // Without the failure as its cause: the client may have no class for it.
      throw new RuntimeException(operation + " failed: " + chain(failure));
    }
  }

  /**
   * Returns the failure and its causes as text; of a spool's failure, the operator's detail too.
   */
  private static String chain(Throwable failure) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    StringBuilder text = new StringBuilder();
    for (Throwable t = failure; t != null && seen.add(t); t = t.getCause()) {
      text.append(text.isEmpty() ? "" : "; caused by ").append(t);
    }
    return text.toString();
  }

  private record Compacted(CompactionReport report) implements Compaction {
    @Override
    public long getBytesBefore() {
      return report.bytesBefore();
    }

    @Override
    public long getBytesAfter() {
      return report.bytesAfter();
    }

    @Override
    public long getFilesBefore() {
      return report.filesBefore();
    }

    @Override
    public long getFilesAfter() {
      return report.filesAfter();
    }

    @Override
    public long getElapsedMillis() {
      return report.elapsed().toMillis();
    }
  }

  private record CleanedUp(CleanupReport report) implements Cleanup {
    @Override
    public long getRemoved() {
      return report.removed();
    }

    @Override
    public long getBytesFreed() {
      return report.bytesFreed();
    }

    @Override
    public long getElapsedMillis() {
      return report.elapsed().toMillis();
    }
  }
}
