package dev.spool.testkit;

import dev.spool.EntryChannel;
import dev.spool.ScanCancelledException;
import dev.spool.ScanReport;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Passes a scan on, with some of its messages reported as damaged; on a thread of its own, since
 * consumers may be slow.
 */
final class CorruptingScan {
  private static final int ENTRIES = 4;
  private static final long BYTES = 1 << 20;

  private final EntryChannel source = EntryChannel.bounded(ENTRIES, BYTES);
  private final EntryChannel target;
  private final Set<SpoolId> corrupt;

  /** A scan of the wrapped spool. */
  interface Scan {
    CompletableFuture<ScanReport> start(EntryChannel channel, Instant startTime);
  }

  private CorruptingScan(EntryChannel target, Set<SpoolId> corrupt) {
    this.target = target;
    this.corrupt = corrupt;
  }

  static CompletableFuture<ScanReport> run(
      Scan scan, EntryChannel channel, Instant startTime, Set<SpoolId> corrupt) {
    CorruptingScan pipe = new CorruptingScan(channel, corrupt);
    CompletableFuture<ScanReport> inner = scan.start(pipe.source, startTime);
    CompletableFuture<ScanReport> outer = new CompletableFuture<>();
    Thread thread = new Thread(() -> pipe.pass(inner, outer), "faulty-scan");
    thread.setDaemon(true);
    thread.start();
    return outer;
  }

  private void pass(CompletableFuture<ScanReport> inner, CompletableFuture<ScanReport> outer) {
    long damaged = 0;
    try {
      for (SpoolEntry entry : source) {
        SpoolId id = wholeId(entry);
        boolean damage = id != null && corrupt.contains(id);
        if (!target.send(
            damage
                ? new SpoolEntry.Corrupt(id, "FaultySpool", "damaged, since a test said so")
                : entry)) {
          source.close();
          outer.completeExceptionally(new ScanCancelledException());
          return;
        }
        damaged += damage ? 1 : 0;
      }
      ScanReport seen = inner.join();
      target.complete();
      outer.complete(
          new ScanReport(
              seen.items() - damaged, seen.corrupt() + damaged, seen.skipped(), seen.elapsed()));
    } catch (RuntimeException e) {
      SpoolException failure = SpoolException.unwrap(e);
      target.fail(failure);
      outer.completeExceptionally(failure);
    }
  }

  private static @Nullable SpoolId wholeId(SpoolEntry entry) {
    if (entry instanceof SpoolEntry.Item item) {
      return item.id();
    }
    return entry instanceof SpoolEntry.Listed listed ? listed.id() : null;
  }
}
