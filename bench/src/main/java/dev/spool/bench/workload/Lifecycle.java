package dev.spool.bench.workload;

import dev.spool.Durability;
import dev.spool.bench.engine.Engine;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Gap;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.MessageIds;
import dev.spool.bench.workload.Latencies.Step;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * W2: a message is stored durably, loaded, and the one that was stored 2,000 before it is removed;
 * every removal is acknowledged.
 */
final class Lifecycle implements Workload {
  private static final int KEPT = 2000;

  @Override
  public boolean suits(EngineType type) {
    return type.can(Gap.SYNC, Gap.REMOVE);
  }

  @Override
  public long retainedBytes(Case row) {
    return ((long) KEPT + row.inFlight()) * row.size();
  }

  @Override
  public long retainedEntries(Case row) {
    return (long) KEPT + row.inFlight();
  }

  @Override
  public Map<Figure, Double> measure(Case row, EngineType type, Place place, Pace pace)
      throws Exception {
    Payloads payloads = Payloads.of(row.size());
    return new LoopFigures(type, place)
        .measure(
            row.inFlight(),
            pace,
            Step.STORE,
            new LoopFigures.Around() {},
            (engine, latencies) -> number -> life(engine, number, payloads, latencies));
  }

  private static CompletableFuture<?> life(
      Engine engine, long number, Payloads payloads, Latencies latencies) {
    byte[] data = payloads.get(number);
    long start = System.nanoTime();
    return engine
        .store(MessageIds.of(number), data, Durability.SYNC)
        .thenCompose(
            stored -> {
              latencies.done(Step.STORE, start, data.length);
              return load(engine, number, data, latencies);
            })
        .thenCompose(loaded -> remove(engine, number - KEPT, latencies));
  }

  private static CompletableFuture<Void> load(
      Engine engine, long number, byte[] expected, Latencies latencies) {
    if (!(engine instanceof Engine.Loads loads)) {
      return CompletableFuture.completedFuture(null);
    }
    long start = System.nanoTime();
    return loads
        .load(MessageIds.of(number))
        .thenAccept(
            data -> {
              if (!Arrays.equals(data, expected)) {
                throw new IllegalStateException("loaded something else than was stored");
              }
              latencies.done(Step.LOAD, start, 0);
            });
  }

  private static CompletableFuture<Void> remove(Engine engine, long number, Latencies latencies) {
    if (number < 0) {
      return CompletableFuture.completedFuture(null);
    }
    long start = System.nanoTime();
    return engine
        .remove(MessageIds.of(number))
        .thenRun(() -> latencies.done(Step.REMOVE, start, 0));
  }
}
