package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Calls on the file system fail, one after the other, once and from then on, with every error that
 * a disk gives; then the process dies, or the power fails, and the spool is opened again. What
 * {@link FaultContract} is to backends that take a {@code Disk}, for all others too: the file
 * system is a {@link FaultyMount}.
 *
 * <p>In the build some of all calls are tried, as many as take some seconds; with {@code -Pstress}
 * all of them.
 */
public interface MountedFaultContract extends BackendContract {

  /** One call fails, and does nothing. */
  @Test
  default void everyCallFailsOnce(@TempDir Path dir) throws IOException {
    sweep(FaultSweep.Kind.ONCE, dir);
  }

  /** A call fails, and all after it: the disk is gone. */
  @Test
  default void everyCallFailsFromThenOn(@TempDir Path dir) throws IOException {
    sweep(FaultSweep.Kind.FROM_THEN_ON, dir);
  }

  /** A write is cut short, and the next one finds no room. */
  @Test
  default void everyCallThatWritesIsCutShort(@TempDir Path dir) throws IOException {
    sweep(FaultSweep.Kind.SHORT_WRITE, dir);
  }

  /** A force fails, and drops what it was to force: a later one that succeeds means nothing. */
  @Test
  default void everyCallThatForcesFailsAndDropsWhatItWasToForce(@TempDir Path dir)
      throws IOException {
    sweep(FaultSweep.Kind.DROPPING_FORCE, dir);
  }

  /** The power fails. */
  @Test
  default void powerFailsAtEveryCallThatChangesSomething(@TempDir Path dir) throws IOException {
    sweep(FaultSweep.Kind.POWER, dir);
  }

  /** Returns at how many calls each kind of fault is tried. */
  default int faults() {
    return Stress.count(Stress.isAgain() ? 5 : 15, Integer.MAX_VALUE);
  }

  private void sweep(FaultSweep.Kind kind, Path dir) throws IOException {
    try (FaultyMount mount = FaultyMount.in(dir)) {
      FaultSweep sweep =
          new FaultSweep(
              new MountedStage(
                  mount,
                  directory ->
                      open(directory, "storeDeadline", "2s", "loadDeadline", "2s")),
              kind);
      if (Stress.isLong()) {
        sweep.run(1, 1);
      } else {
        sweep.sample(faults());
      }
      System.out.println(kind + ", mounted: " + sweep);
      assertThat(sweep.runs()).as("faults that were met").isGreaterThan(faults() / 2);
      assertThat(sweep.acknowledged()).as("acknowledged beside them").isGreaterThan(sweep.runs());
    }
  }
}
