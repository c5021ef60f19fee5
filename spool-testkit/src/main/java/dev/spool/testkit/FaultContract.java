package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.support.Disk;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Every operation on the disk fails, one after the other, once and from then on, with every error
 * that a disk gives; then the process dies, or the power fails, and the spool is opened again. For
 * backends whose every file call goes through {@link Disk}. The disk is one in memory ({@link
 * PowerCutDisk}), so that a power cut loses what was not forced.
 *
 * <p>In the build every operation fails with one of the errors, from one to the next in turn; with
 * {@code -Pstress} with each of them, over several seeds.
 */
public interface FaultContract {

  /**
   * Opens a spool whose every file call goes through this disk, and that does not look at the room
   * on it.
   */
  Spool openOn(Disk disk, Path directory);

  /** One operation fails, and writes nothing. */
  @Test
  default void everyOperationFailsOnce() {
    sweep(FaultSweep.Kind.ONCE);
  }

  /** An operation fails, and all after it: the disk is gone. */
  @Test
  default void everyOperationFailsFromThenOn() {
    sweep(FaultSweep.Kind.FROM_THEN_ON);
  }

  /** A write is cut short. */
  @Test
  default void everyWriteIsCutShort() {
    sweep(FaultSweep.Kind.SHORT_WRITE);
  }

  /** A force fails, and drops what it was to force: a later one that succeeds means nothing. */
  @Test
  default void everyForceFailsAndDropsWhatItWasToForce() {
    sweep(FaultSweep.Kind.DROPPING_FORCE);
  }

  /** The power fails. */
  @Test
  default void powerFailsAtEveryChange() {
    sweep(FaultSweep.Kind.POWER);
  }

  private void sweep(FaultSweep.Kind kind) {
    FaultSweep sweep = new FaultSweep(new SimulatedStage(this::openOn), kind);
    sweep.run(step(kind), seeds(kind));
    System.out.println(kind + ": " + sweep);
    assertThat(sweep.runs()).as("faults that were met").isGreaterThan(10);
    assertThat(sweep.acknowledged()).as("acknowledged beside them").isGreaterThan(sweep.runs());
  }

  /** Of how many operations one is tried. */
  private static int step(FaultSweep.Kind kind) {
    return switch (kind) {
      case ONCE -> Stress.isAgain() ? 3 : 1;
      case FROM_THEN_ON -> Stress.isAgain() ? 6 : Stress.count(2, 1);
      case SHORT_WRITE, DROPPING_FORCE, POWER -> 1;
    };
  }

  /** Of forces and changes there are fewer than of operations. */
  private static int seeds(FaultSweep.Kind kind) {
    return switch (kind) {
      case ONCE, FROM_THEN_ON -> Stress.rounds(1, 5);
      case SHORT_WRITE -> Stress.rounds(3, 50);
      case DROPPING_FORCE -> Stress.rounds(Stress.isAgain() ? 3 : 8, 300);
      case POWER -> Stress.rounds(Stress.isAgain() ? 1 : 3, 200);
    };
  }
}
