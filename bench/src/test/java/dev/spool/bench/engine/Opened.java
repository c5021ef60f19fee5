package dev.spool.bench.engine;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.spool.bench.engine.EngineType.Place;
import dev.spool.journal.JournalSpool;
import java.io.IOException;
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

  /** Returns the type, without the hundreds of megabytes that some write ahead. */
  static EngineType small(EngineType type) {
    return new EngineType(
        type.name(),
        type.configuration(),
        type.style(),
        type.kind(),
        switch (type.name()) {
          case Engines.LIMIT -> Opened::log;
          case Engines.LIMIT + "-channel" -> place -> new ThroughChannel(log(place));
          case Engines.LIMIT + "-futures" -> place -> LimitFront.of(log(place));
          case "spool-journal" ->
              place ->
                  new SpoolEngine(
                      JournalSpool.builder(place.directory())
                          .segmentSize(SEGMENT_BYTES / 8)
                          .open());
          default -> type.opener();
        },
        type.gaps(),
        type.needs());
  }

  private static LimitEngine log(Place place) throws IOException {
    return LimitEngine.open(place, SEGMENT_BYTES, 1);
  }
}
