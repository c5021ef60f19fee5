package dev.spool.bench.run;

import dev.spool.Durability;
import dev.spool.SpoolId;
import dev.spool.bench.engine.Engine;
import dev.spool.bench.engine.EngineSource;
import dev.spool.bench.engine.EngineType;
import dev.spool.bench.engine.EngineType.Style;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Engines that take their time: the one as long for each store as the property {@link #MILLIS}
 * says, the other hangs once.
 */
public final class SlowEngines implements EngineSource {
  static final String MILLIS = "spool.bench.test.millis";
  static final String SLOW = "test-slow";
  static final String HANGS = "test-hangs";
  static final Duration HANGS_FOR = Duration.ofSeconds(3);

  /** The store that hangs, of an engine that does it once. */
  private static final long HANGS_AT = 2500;

  @Override
  public List<EngineType> types() {
    int millis = Integer.getInteger(MILLIS, 1);
    return List.of(
        type(SLOW, Style.BLOCKING, number -> Duration.ofMillis(millis)),
        type(HANGS, Style.ASYNC, number -> number == HANGS_AT ? HANGS_FOR : Duration.ZERO));
  }

  private static EngineType type(String name, Style style, Pauses pauses) {
    return new EngineType(name, "for tests", style, Sleeper.class, place -> new Sleeper(pauses));
  }

  private interface Pauses {
    Duration before(long number);
  }

  private static final class Sleeper implements Engine {
    private final Pauses pauses;
    private final AtomicLong stores = new AtomicLong();

    Sleeper(Pauses pauses) {
      this.pauses = pauses;
    }

    @Override
    public CompletableFuture<Void> store(SpoolId id, byte[] data, Durability durability) {
      try {
        TimeUnit.NANOSECONDS.sleep(pauses.before(stores.incrementAndGet()).toNanos());
      } catch (InterruptedException e) {
        return CompletableFuture.failedFuture(e);
      }
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> remove(SpoolId id) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }
}
