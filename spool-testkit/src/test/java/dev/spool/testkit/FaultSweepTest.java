package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.SpoolIOException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FaultSweepTest {
  private static final int OPERATIONS = 20;

  @Test
  void sixSeedsTryEachErrorAtEachOperation() {
    Refusing stage = new Refusing();
    for (long seed = -2; seed < 4; seed++) {
      new FaultSweep(stage, FaultSweep.Kind.ONCE, FaultSweep.Beginning.SOMEBODYS)
          .sample(1000, seed);
    }
    for (int k = 1; k <= OPERATIONS; k++) {
      assertThat(stage.tried.get(k)).as("at operation %s", k).hasSize(6);
    }
  }

  /** Each life on it has so many operations, and opens nothing; it knows what was to fail. */
  private static final class Refusing implements FaultStage {
    final Map<Integer, Set<Errno>> tried = new TreeMap<>();

    @Override
    public void clear(SplittableRandom random) {
      // There is nothing on it.
    }

    @Override
    public void plant(FaultSweep.Beginning beginning) {
      // All of it is somebody else's.
    }

    @Override
    public boolean isAsPlanted() {
      return true;
    }

    @Override
    public Spool open() {
      throw new SpoolIOException("somebody else's", null);
    }

    @Override
    public void arm(FaultSweep.Kind kind, int k, Errno error) {
      tried.computeIfAbsent(k, key -> EnumSet.noneOf(Errno.class)).add(error);
    }

    @Override
    public long operations() {
      return OPERATIONS;
    }

    @Override
    public void release() {
      // Nothing is held.
    }

    @Override
    public void end(boolean powerCut) {
      // Nothing lasts.
    }
  }
}
