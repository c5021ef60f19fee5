package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.ScanReport;
import dev.spool.Spool;
import dev.spool.SpoolEntry;
import dev.spool.SpoolId;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** One of our backends, through the API that its users have. */
final class SpoolEngine implements Engine.Loads, Engine.Scans {
  private final Spool spool;
  private final Indexing indexing;

  /** Makes what is needed to find what was there at the opening. */
  interface Indexing {
    void run() throws IOException;
  }

  SpoolEngine(Spool spool) {
    this(spool, () -> {});
  }

  SpoolEngine(Spool spool, Indexing indexing) {
    this.spool = spool;
    this.indexing = indexing;
  }

  @Override
  public void index() throws IOException {
    indexing.run();
  }

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    return spool.store(id, data, durability, null);
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    return spool.remove(id);
  }

  @Override
  public CompletableFuture<byte[]> load(SpoolId id) {
    return spool.load(id);
  }

  @Override
  public void scan(Visitor visitor) {
    try (EntryChannel channel = ThroughChannel.channel()) {
      CompletableFuture<ScanReport> report = spool.enumerate(channel);
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Item item) {
          visitor.visit(item.id(), item.data());
        }
      }
      if (report.join().corrupt() != 0) {
        throw new IllegalStateException("the scan met damaged entries");
      }
    }
  }

  @Override
  public void close() {
    spool.close();
  }
}
