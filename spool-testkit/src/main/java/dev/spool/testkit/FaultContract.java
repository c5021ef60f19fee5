package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Spool;
import dev.spool.support.Disk;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Every operation on the disk fails, one after the other, once and from then on, with every error
 * that a disk gives; then the process dies, or the power fails, and the spool is opened again. For
 * backends whose every file call goes through {@link Disk}. The disk is one in memory ({@link
 * PowerCutDisk}), so that a power cut loses what was not forced. It does not apply to a backend
 * that uses files in another way, for which there is {@link MountedFaultContract}.
 *
 * <p>In the build every operation fails with one of the errors, from one to the next in turn; with
 * {@code -Pstress} with each of them, over several seeds.
 */
public interface FaultContract {

  /**
   * Opens a spool whose every file call goes through this disk, and that does not look at the room
   * on it.
   *
   * @param settings as query parameters of its address would give them
   */
  Spool openOn(Disk disk, Path directory, Map<String, String> settings);

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

  /**
   * Likewise, and it is waited until the spool takes stores again: what is acknowledged then, and
   * what is reclaimed of what that replaces, rests on nothing that was dropped.
   */
  @Test
  default void spoolThatHasRecoveredRestsOnNothingThatWasDropped() {
    FaultSweep sweep =
        new FaultSweep(new SimulatedStage(this::openOn), FaultSweep.Kind.DROPPING_FORCE);
    for (int pass = 0; pass < Stress.rounds(Stress.isAgain() ? 1 : 3, 100); pass++) {
      sweep.recover(3, Stress.seed() + pass);
    }
    System.out.println("DROPPING_FORCE, recovered: " + sweep);
    assertThat(sweep.reclaimed()).as("recovered, replaced, compacted").isPositive();
  }

  /** The same of a directory, and of the names in it. */
  @Test
  default void everyForceOfADirectoryFailsAndDropsWhatItWasToForce() {
    sweep(FaultSweep.Kind.DROPPING_DIRECTORY_FORCE);
  }

  /** Returns of how many operations each is slow once. */
  default int slowOperations() {
    return Stress.rounds(Stress.isAgain() ? 2 : 5, 5000);
  }

  /**
   * An operation takes longer than every deadline, and succeeds then: calls end in time, the spool
   * says so and recovers, and no write comes after one that was called later.
   */
  @Test
  default void slowOperationHoldsNobodyUp() {
    FaultSweep sweep = new FaultSweep(new SimulatedStage(this::openOn), FaultSweep.Kind.SLOW);
    sweep.sample(slowOperations(), Stress.seed());
    System.out.println("SLOW: " + sweep);
    assertThat(sweep.runs()).as("faults that were met").isPositive();
    assertThat(sweep.acknowledged()).as("acknowledged beside them").isGreaterThan(sweep.runs());
  }

  /** The power fails. */
  @Test
  default void powerFailsAtEveryChange() {
    sweep(FaultSweep.Kind.POWER);
  }

  /**
   * The process is killed while it writes, and another one opens the spool and goes on; then the
   * power fails: what the second one has acknowledged rests on nothing that the first one had not
   * forced.
   */
  @Test
  default void powerFailsAfterTheProcessWasKilled() {
    sweep(FaultSweep.Kind.POWER, FaultSweep.Beginning.KILLED, Stress.rounds(1, 200));
  }

  /**
   * Operations fail, and the power does, while a spool is made: it is made the next time, if not
   * this time, and what is beside it is left as it is. A directory of somebody else's is refused.
   */
  @Test
  default void faultsWhileASpoolIsMade() {
    for (FaultSweep.Kind kind : FaultSweep.Kind.WHILE_MADE) {
      making(kind, FaultSweep.Beginning.NEW);
    }
    making(FaultSweep.Kind.ONCE, FaultSweep.Beginning.SOMEBODYS);
    making(FaultSweep.Kind.FROM_THEN_ON, FaultSweep.Beginning.SOMEBODYS);
  }

  private void making(FaultSweep.Kind kind, FaultSweep.Beginning beginning) {
    FaultSweep sweep = new FaultSweep(new SimulatedStage(this::openOn), kind, beginning);
    boolean anyError = kind == FaultSweep.Kind.ONCE || kind == FaultSweep.Kind.FROM_THEN_ON;
    int step = anyError ? 3 : 2;
    sweep.run(
        Stress.isAgain() ? 2 * step : Stress.count(step, 1), Stress.rounds(1, anyError ? 5 : 200));
    System.out.println(kind + ", " + beginning + ": " + sweep);
    assertThat(sweep.runs()).as("faults that were met").isPositive();
  }

  private void sweep(FaultSweep.Kind kind) {
    sweep(kind, FaultSweep.Beginning.FILLED, seeds(kind));
  }

  private void sweep(FaultSweep.Kind kind, FaultSweep.Beginning beginning, int seeds) {
    FaultSweep sweep = new FaultSweep(new SimulatedStage(this::openOn), kind, beginning);
    sweep.run(step(kind), seeds);
    System.out.println(kind + ", " + beginning + ": " + sweep);
    boolean few = kind == FaultSweep.Kind.DROPPING_DIRECTORY_FORCE;
    assertThat(sweep.runs()).as("faults that were met").isGreaterThan(few ? 2 : 10);
    assertThat(sweep.acknowledged()).as("acknowledged beside them").isGreaterThan(sweep.runs());
  }

  /** Of how many operations one is tried. */
  private static int step(FaultSweep.Kind kind) {
    return switch (kind) {
      case ONCE -> Stress.isAgain() ? 3 : 1;
      case FROM_THEN_ON -> Stress.isAgain() ? 6 : Stress.count(2, 1);
      default -> 1;
    };
  }

  /** Of forces and changes there are fewer than of operations. */
  private static int seeds(FaultSweep.Kind kind) {
    return switch (kind) {
      case ONCE, FROM_THEN_ON -> Stress.rounds(1, 5);
      case SHORT_WRITE -> Stress.rounds(3, 50);
      case DROPPING_FORCE -> Stress.rounds(Stress.isAgain() ? 3 : 8, 300);
      case DROPPING_DIRECTORY_FORCE -> Stress.rounds(Stress.isAgain() ? 2 : 6, 300);
      default -> Stress.rounds(Stress.isAgain() ? 1 : 3, 200);
    };
  }
}
