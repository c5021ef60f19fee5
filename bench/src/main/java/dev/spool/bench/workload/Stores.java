package dev.spool.bench.workload;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Gap;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.MessageIds;
import dev.spool.bench.workload.Timer.Step;
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
    return retainedEntries(row) * row.size();
  }

  @Override
  public long retainedEntries(Case row) {
    return row.entries() == 0 ? 0 : Backlog.retained(row);
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
            (engine, latencies) ->
                number -> {
                  byte[] data = payloads.get(number);
                  SpoolId id = MessageIds.of(first + number);
                  long start = System.nanoTime();
                  return engine
                      .store(id, data, durability)
                      .thenRun(() -> latencies.done(Step.STORE, start, data.length));
                });
  }
}
