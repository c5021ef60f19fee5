package dev.spool.bench.engine;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.spool.bench.engine.EngineType.Place;
import java.nio.file.Path;

/** Opens engines in the tests' own JVM, in a small form. */
final class Opened {
  private static final int SEGMENT_BYTES = 32 << 20;

  private Opened() {}

  /** Where this JVM looks for native libraries. */
  private static final Path NATIVE =
      Path.of(System.getProperty("java.library.path").split(":", -1)[0]);

  /** Opens one; where it cannot run the test is skipped, and says why. */
  static Engine open(EngineType type, Place place) throws Exception {
    prepare(type);
    return small(type).opener().open(place);
  }

  /** Skips the test where the type cannot run, and says why. */
  static void prepare(EngineType type) throws Exception {
    assumeThat(type.needs().missing()).as(type.name()).isNull();
    type.needs().options(NATIVE);
  }

  /** Returns the type, without the hundreds of megabytes that the limit writes ahead. */
  static EngineType small(EngineType type) {
    boolean fronted = type.name().equals(Engines.LIMIT + "-futures");
    if (!fronted && !type.name().equals(Engines.LIMIT)) {
      return type;
    }
    return new EngineType(
        type.name(),
        type.configuration(),
        type.style(),
        type.kind(),
        place -> {
          LimitEngine log = LimitEngine.open(place, SEGMENT_BYTES, 1);
          return fronted ? LimitFront.of(log) : log;
        },
        type.gaps(),
        type.needs());
  }
}
