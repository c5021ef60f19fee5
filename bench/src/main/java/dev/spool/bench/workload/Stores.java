package dev.spool.bench.workload;

import dev.spool.Durability;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Gap;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.MessageIds;
import dev.spool.bench.workload.Latencies.Step;
import java.util.Map;

/** W1 and W3: messages are stored, and each acknowledged at one level of durability. */
final class Stores implements Workload {
  private final Durability durability;

  Stores(Durability durability) {
    this.durability = durability;
  }

  @Override
  public boolean suits(EngineType type) {
    return durability == Durability.BUFFERED || type.can(Gap.SYNC);
  }

  @Override
  public long retainedBytes(Case row) {
    return row.entries() * row.size();
  }

  @Override
  public long retainedEntries(Case row) {
    return row.entries();
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
            (engine, latencies) ->
                number -> {
                  byte[] data = payloads.get(number);
                  long start = System.nanoTime();
                  return engine
                      .store(MessageIds.of(number), data, durability)
                      .thenRun(() -> latencies.done(Step.STORE, start, data.length));
                });
  }
}
