package dev.spool.bench.workload;

import dev.spool.bench.engine.Engine;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Place;

/**
 * Messages that are in a store before it is measured: the numbers from 0 to {@link Case#entries}.
 *
 * <p>Several rows may be measured on one filled store, one after another, so that all lay it out
 * alike, and each gives its own messages numbers that no other uses.
 */
final class Backlog {
  /** What a workload has in the store beside it, at most. */
  private static final long BESIDE = 4096;

  private static final long NUMBERS_OF_A_WORKLOAD = 1L << 32;

  private Backlog() {}

  static void fill(Case row, EngineType type, Place place) throws Exception {
    try (Engine engine = type.opener().open(place)) {
      Fill.run(engine, type.style(), Payloads.of(row.size()), row.entries());
    }
    Machine.sync(place.directory());
  }

  /** How many messages are in the store at once, if there is a backlog. */
  static long retained(Case row) {
    return row.entries() + BESIDE;
  }

  /** The first number that is a workload's own; 0 if there is no backlog. */
  static long firstNumber(Case row) {
    return row.entries() == 0 ? 0 : (row.workload().charAt(1) - '0') * NUMBERS_OF_A_WORKLOAD;
  }
}
