package dev.spool.bench.workload;

import dev.spool.Durability;
import dev.spool.bench.engine.Engine;
import dev.spool.bench.engine.EngineType.Style;
import dev.spool.bench.engine.MessageIds;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;

/** Puts messages into a store, as fast as it takes them. */
final class Fill {
  private static final int IN_FLIGHT = 256;

  private Fill() {}

  /** Stores the numbers from 0 to {@code entries}; not synced one by one: closing sees to that. */
  static void run(Engine engine, Style style, Payloads payloads, long entries) throws Exception {
    if (style == Style.BLOCKING) {
      for (long number = 0; number < entries; number++) {
        engine.store(MessageIds.of(number), payloads.get(number), Durability.BUFFERED).join();
      }
      return;
    }
    Semaphore room = new Semaphore(IN_FLIGHT);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    for (long number = 0; number < entries && failure.get() == null; number++) {
      room.acquire();
      CompletableFuture<Void> unused =
          engine
              .store(MessageIds.of(number), payloads.get(number), Durability.BUFFERED)
              .whenComplete(
                  (done, thrown) -> {
                    if (thrown != null) {
                      failure.compareAndSet(null, thrown);
                    }
                    room.release();
                  });
    }
    room.acquire(IN_FLIGHT);
    Throwable cause = failure.get();
    if (cause != null) {
      throw new IllegalStateException("the store could not be filled", cause);
    }
  }
}
