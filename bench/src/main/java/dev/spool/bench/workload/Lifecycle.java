package dev.spool.bench.workload;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.Engine;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Gap;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.MessageIds;
import dev.spool.bench.engine.PooledLoads;
import dev.spool.bench.workload.Timer.Step;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * W2: a message is stored durably, loaded, and the one that was stored 2,000 before it is removed;
 * every removal is acknowledged.
 */
final class Lifecycle implements Workload {
  static final int KEPT = 2000;

  @Override
  public boolean suits(EngineType type) {
    return type.can(Gap.SYNC, Gap.REMOVE);
  }

  @Override
  public long retainedBytes(Case row) {
    return retainedEntries(row) * row.size();
  }

  @Override
  public long retainedEntries(Case row) {
    return row.entries() == 0 ? (long) KEPT + row.inFlight() : Backlog.retained(row);
  }

  @Override
  public boolean prepares(Case row) {
    return row.entries() > 0;
  }

  @Override
  public void prepare(Case row, EngineType type, Place place) throws Exception {
    Backlog.fill(row, type, place);
  }

  @Override
  public Map<Figure, Double> measure(Case row, EngineType type, Place place, Pace pace)
      throws Exception {
    Payloads payloads = Payloads.of(row.size());
    long first = Backlog.firstNumber(row);
    return new LoopFigures(type, place, row.entries())
        .measure(
            row.inFlight(),
            pace,
            Step.STORE,
            new LoopFigures.Around() {},
            (engine, latencies) -> {
              Engine front = PooledLoads.of(type, engine);
              return number ->
                  life(front, first, number, payloads.get(number), System.nanoTime(), latencies);
            });
  }

  /**
   * The life of one message.
   *
   * @param first the number of the first message
   * @param number how many came before
   * @param start when its storing counts as begun
   */
  static CompletableFuture<?> life(
      Engine engine, long first, long number, byte[] data, long start, Timer latencies) {
    SpoolId id = MessageIds.of(first + number);
    return engine
        .store(id, data, Durability.SYNC)
        .thenCompose(
            stored -> {
              latencies.done(Step.STORE, start, data.length);
              return load(engine, id, data, latencies);
            })
        .thenCompose(
            loaded ->
                number < KEPT
                    ? CompletableFuture.completedFuture(null)
                    : remove(engine, MessageIds.of(first + number - KEPT), latencies));
  }

  private static CompletableFuture<Void> load(
      Engine engine, SpoolId id, byte[] expected, Timer latencies) {
    if (!(engine instanceof Engine.Loads loads)) {
      return CompletableFuture.completedFuture(null);
    }
    long start = System.nanoTime();
    return loads
        .load(id)
        .thenAccept(
            data -> {
              if (!Arrays.equals(data, expected)) {
                throw new IllegalStateException("loaded something else than was stored");
              }
              latencies.done(Step.LOAD, start, 0);
            });
  }

  private static CompletableFuture<Void> remove(Engine engine, SpoolId id, Timer latencies) {
    long start = System.nanoTime();
    return engine.remove(id).thenRun(() -> latencies.done(Step.REMOVE, start, 0));
  }
}
