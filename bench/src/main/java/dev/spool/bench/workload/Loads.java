package dev.spool.bench.workload;

import dev.spool.SpoolId;
import dev.spool.bench.engine.Engine;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.bench.engine.MessageIds;
import dev.spool.bench.workload.Timer.Step;
import java.util.Map;

/** W5: messages are loaded at random; all of them are in the page cache. */
final class Loads implements Workload {

  @Override
  public boolean suits(EngineType type) {
    return type.loads();
  }

  @Override
  public long retainedBytes(Case row) {
    return retainedEntries(row) * row.size();
  }

  @Override
  public long retainedEntries(Case row) {
    return Backlog.retained(row);
  }

  @Override
  public boolean prepares(Case row) {
    return true;
  }

  @Override
  public void prepare(Case row, EngineType type, Place place) throws Exception {
    Backlog.fill(row, type, place);
  }

  @Override
  public Map<Figure, Double> measure(Case row, EngineType type, Place place, Pace pace)
      throws Exception {
    Machine.readAll(place.directory());
    LoopFigures.Around index =
        new LoopFigures.Around() {
          @Override
          public void before(Engine engine) throws Exception {
            ((Engine.Loads) engine).index();
          }
        };
    return new LoopFigures(type, place, row.entries(), type.loadStyle())
        .measure(
            row.inFlight(),
            pace,
            Step.LOAD,
            index,
            (engine, latencies) -> {
              Engine.Loads loads = (Engine.Loads) engine;
              return number -> {
                SpoolId id = MessageIds.of(scattered(number, row.entries()));
                long start = System.nanoTime();
                return loads
                    .load(id)
                    .thenAccept(
                        data -> {
                          check(data, row.size());
                          latencies.done(Step.LOAD, start, data.length);
                        });
              };
            });
  }

  /** A number below {@code entries} that looks random: the finaliser of SplitMix64. */
  private static long scattered(long number, long entries) {
    long mixed = (number + 1) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
    return Long.remainderUnsigned(mixed ^ mixed >>> 31, entries);
  }

  private static void check(byte[] data, int size) {
    if (data.length != size) {
      throw new IllegalStateException("loaded %d bytes".formatted(data.length));
    }
  }
}
