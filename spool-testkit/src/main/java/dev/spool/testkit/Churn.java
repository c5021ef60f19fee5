package dev.spool.testkit;

import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Stores, replaces, loads and removes messages of its own, on threads of its own, until it is
 * closed.
 */
final class Churn implements AutoCloseable {
  private static final int LENGTH = 1500;

  private final List<CompletableFuture<Void>> workers = new ArrayList<>();

  /** Written by the test's thread, read by the workers. */
  private volatile boolean stopping;

  private Churn() {}

  static Churn start(Spool spool, int threads) {
    Churn churn = new Churn();
    for (int i = 0; i < threads; i++) {
      long seed = 1_000_000L * (i + 1);
      churn.workers.add(Threads.run(() -> churn.work(spool, seed)));
    }
    return churn;
  }

  private void work(Spool spool, long seed) {
    for (long i = seed; !stopping; i++) {
      SpoolId id = SpoolId.random();
      Check.get(spool.store(id, Messages.numbered(i, LENGTH), Durability.BUFFERED, null));
      Check.get(spool.store(id, Messages.numbered(-i, LENGTH), Durability.BUFFERED, null));
      Check.same(Check.get(spool.load(id)), Messages.numbered(-i, LENGTH));
      Check.get(spool.remove(id));
    }
  }

  /** Checks that a message which a scan saw is one that was stored here, whole. */
  void assertWhole(byte[] data) {
    Check.same(data, Messages.numbered(Messages.number(data), LENGTH));
  }

  /** Stops, and fails if any of the calls had failed. */
  void finish() {
    stopping = true;
    workers.forEach(Check::get);
  }

  @Override
  public void close() {
    stopping = true;
    for (CompletableFuture<Void> worker : workers) {
      worker.exceptionally(failure -> null).join();
    }
  }
}
