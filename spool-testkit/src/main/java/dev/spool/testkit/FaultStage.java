package dev.spool.testkit;

import dev.spool.Spool;
import java.util.SplittableRandom;

/** Where a {@link FaultSweep} has its spools live: a disk that fails as it is told. */
interface FaultStage {

  /** Has nothing on it, and no fault. */
  void clear(SplittableRandom random);

  /** Opens the spool on it. */
  Spool open();

  /** A fault of this kind strikes at the {@code k}th operation from now on that it is for. */
  void arm(FaultSweep.Kind kind, int k, Errno error);

  /** Returns how many such operations there were since. */
  long operations();

  /** The fault is over, and the process with it, and perhaps the power. */
  void end(boolean powerCut);
}
