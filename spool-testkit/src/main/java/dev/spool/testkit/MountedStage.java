package dev.spool.testkit;

import dev.spool.Spool;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * A {@link FaultyMount}, for all spools. One that cannot be closed, as its disk is gone, goes on in
 * this process; it finds nothing of what comes after it.
 */
final class MountedStage implements FaultStage {
  private final FaultyMount mount;
  private final Function<Path, Spool> opening;
  private final Function<Path, Spool> impatiently;
  private boolean armed;
  private FaultSweep.Kind kind = FaultSweep.Kind.ONCE;
  private long changes;

  /**
   * Makes one.
   *
   * @param opening opens a spool
   * @param impatiently the same; it gives up soon what waits for a disk that has failed
   */
  MountedStage(
      FaultyMount mount, Function<Path, Spool> opening, Function<Path, Spool> impatiently) {
    this.mount = mount;
    this.opening = opening;
    this.impatiently = impatiently;
  }

  @Override
  public void clear(SplittableRandom random) {
    mount.clear(random.nextLong());
  }

  @Override
  public Spool open() {
    return (armed ? impatiently : opening).apply(mount.directoryOfThisLife().resolve("spool"));
  }

  @Override
  public void arm(FaultSweep.Kind fault, int k, Errno error) {
    armed = true;
    kind = fault;
    switch (kind) {
      case ONCE -> mount.failNth(k, false, error);
      case FROM_THEN_ON -> mount.failNth(k, true, error);
      case SHORT_WRITE -> mount.shortenNthWrite(k);
      case DROPPING_FORCE -> mount.dropNthForce(k);
      case POWER -> {
        changes = mount.counts().changes() + 1;
        mount.cutAfter(k);
      }
    }
  }

  @Override
  public long operations() {
    FaultyMount.Counts counts = mount.counts();
    return switch (kind) {
      case ONCE, FROM_THEN_ON -> counts.calls();
      case SHORT_WRITE -> counts.writes();
      case DROPPING_FORCE -> counts.forces();
      case POWER -> counts.changes() - changes;
    };
  }

  @Override
  public void end(boolean powerCut) {
    armed = false;
    mount.heal();
    if (powerCut) {
      mount.restart();
    } else {
      mount.kill();
    }
  }
}
