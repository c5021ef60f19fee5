package dev.spool.bench.engine;

import dev.spool.Deadline;
import dev.spool.bench.engine.EngineType.Place;
import dev.spool.support.WriteCall;
import java.io.IOException;

/** The {@link LimitEngine} behind our front: its committer tells a whole group at once. */
final class LimitFront extends FrontedSpool.Front<LimitEngine> {

  private LimitFront(LimitEngine log) {
    super(log);
  }

  static SpoolEngine open(Place place) throws IOException {
    return of(LimitEngine.open(place));
  }

  /** Puts a log behind the front. */
  static SpoolEngine of(LimitEngine log) {
    return FrontedSpool.of("limit", new LimitFront(log));
  }

  @Override
  public void write(WriteCall call) {
    store().add(call);
  }

  @Override
  public void stop(Deadline deadline) throws IOException {
    store().close();
  }
}
