package dev.spool.bench.workload;

import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Place;
import java.util.Map;

/**
 * Something that a store is put through.
 *
 * <p>It has two halves, since some of it must be in the store before a fresh process measures it.
 */
public interface Workload {

  /** Whether a store of this type can do all that is asked. */
  boolean suits(EngineType type);

  /** How much payload is in the store at most, so that it can be laid out. */
  long retainedBytes(Case row);

  /** How many messages are in the store at most. */
  long retainedEntries(Case row);

  /** Whether {@link #prepare} has something to do, in a process of its own. */
  default boolean prepares(Case row) {
    return false;
  }

  /** Fills the store with what {@link #measure} finds. */
  default void prepare(Case row, EngineType type, Place place) throws Exception {}

  /** Measures, in a fresh process. */
  Map<Figure, Double> measure(Case row, EngineType type, Place place, Pace pace) throws Exception;
}
