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
 * <p>In the build every second or fourth operation fails, with the errors in turn; with {@code
 * -Pstress} every one with each of them, over several seeds.
 */
public interface FaultContract {

  /**
   * Opens a spool whose every file call goes through this disk, and that does not look at the room
   * on it.
   */
  Spool openOn(Disk disk, Path directory);

  /** Tells whether {@code compact} is among the calls that are made beside a fault. */
  default boolean compactsBesideFaults() {
    return true;
  }

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
    FaultSweep sweep = new FaultSweep(this::openOn, kind, compactsBesideFaults());
    sweep.run();
    System.out.println(kind + ": " + sweep);
    assertThat(sweep.runs()).as("faults that were met").isGreaterThan(10);
    assertThat(sweep.acknowledged()).as("acknowledged beside them").isGreaterThan(sweep.runs());
  }
}
