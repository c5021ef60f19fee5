package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Deadline;
import dev.spool.Durability;
import dev.spool.Spool;
import dev.spool.SpoolIOException;
import dev.spool.SpoolId;
import dev.spool.Spools;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void someAreTriedEvenlyToTheEnd() {
    for (long seed = 1; seed <= 20; seed++) {
      Refusing stage = new Refusing();
      new FaultSweep(stage, FaultSweep.Kind.ONCE, FaultSweep.Beginning.SOMEBODYS).sample(5, seed);
      assertThat(stage.tried.keySet().stream().filter(k -> k <= OPERATIONS).map(k -> (k - 1) / 4))
          .as("which fifth, with seed %s", seed)
          .containsExactly(0, 1, 2, 3, 4);
    }
  }

  /** Closing is two operations of a hundred here, which three others do not hit. */
  @Test
  void closingIsTriedThough(@TempDir Path dir) {
    Counting stage = new Counting(dir);
    new FaultSweep(stage, FaultSweep.Kind.KILL).sample(3, 1);
    assertThat((long) stage.k).isBetween(stage.beforeClosing + 1L, stage.beforeClosing + 2L);
  }

  /** Counts what lives call; nothing fails. */
  private static final class Counting implements FaultStage {
    private final Path dir;
    private final AtomicLong operations = new AtomicLong();
    private int lives;
    private int k;
    private long beforeClosing;

    Counting(Path dir) {
      this.dir = dir;
    }

    @Override
    public void clear(SplittableRandom random) {
      lives++;
    }

    @Override
    public void plant(FaultSweep.Beginning beginning) {
      // Nothing is anybody else's.
    }

    @Override
    public boolean isAsPlanted() {
      return true;
    }

    @Override
    public Spool open() {
      return new ForwardingSpool(Spools.open("folder:" + dir.resolve("life-" + lives))) {
        @Override
        public CompletableFuture<byte[]> load(SpoolId id) {
          operations.incrementAndGet();
          return wrapped.load(id);
        }

        @Override
        public CompletableFuture<Void> store(
            SpoolId id, byte[] data, Durability durability, @Nullable Deadline deadline) {
          operations.addAndGet(5);
          return wrapped.store(id, data, durability, deadline);
        }

        @Override
        public CompletableFuture<Void> shutdown() {
          beforeClosing = operations.getAndAdd(2);
          return wrapped.shutdown();
        }
      };
    }

    @Override
    public void arm(FaultSweep.Kind kind, int operation, Errno error) {
      operations.set(0);
      k = operation;
    }

    @Override
    public long operations() {
      return operations.get();
    }

    @Override
    public void release() {
      // Nothing is held.
    }

    @Override
    public void end(boolean powerCut) {
      // It has ended.
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
