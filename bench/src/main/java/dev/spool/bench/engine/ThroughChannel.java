package dev.spool.bench.engine;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.SpoolEntry;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * A store whose scan hands its messages to another thread through the channel that our backends
 * have: what they take longer than this is their own.
 */
final class ThroughChannel implements Engine.Scans {
  private final Engine.Scans store;

  ThroughChannel(Engine.Scans store) {
    this.store = store;
  }

  /** Returns the channel of all measured scans. */
  static EntryChannel channel() {
    return EntryChannel.bounded(1024, 16 << 20);
  }

  @Override
  public void scan(Visitor visitor) throws InterruptedException {
    try (EntryChannel channel = channel()) {
      Thread scan = new Thread(() -> send(channel), "scan");
      scan.start();
      for (SpoolEntry entry : channel) {
        if (entry instanceof SpoolEntry.Item item) {
          visitor.visit(item.id(), item.data());
        }
      }
      scan.join();
    }
  }

  private void send(EntryChannel channel) {
    try {
      store.scan((id, data) -> channel.send(new SpoolEntry.Item(id, data)));
      channel.complete();
    } catch (Exception e) {
      channel.fail(SpoolException.unwrap(e));
    }
  }

  @Override
  public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
    return store.store(id, data, durability);
  }

  @Override
  public CompletableFuture<Void> remove(SpoolId id) {
    return store.remove(id);
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
