package dev.spool.bench.engine;

import java.util.List;

/** Brings engine types; those of a Maven profile are found as services. */
public interface EngineSource {
  /** The types, in the order of the table. */
  List<EngineType> types();
}
