package dev.spool.testkit;

import dev.spool.Spool;
import java.util.SplittableRandom;

/** Where a {@link FaultSweep} has its spools live: a disk that fails as it is told. */
interface FaultStage {

  /** What is in a file of somebody else's. */
  String SOMEBODYS = "somebody else's";

  /** Has nothing on it, and no fault. */
  void clear(SplittableRandom random);

  /**
   * Puts a file of somebody else's, durably, beside the directory that the spool will be made in,
   * and into it if it is {@link FaultSweep.Beginning#SOMEBODYS}.
   */
  void plant(FaultSweep.Beginning beginning);

  /** Tells whether what was planted is as it was, and nothing but the spool is beside it. */
  boolean isAsPlanted();

  /** Opens the spool on it. */
  Spool open();

  /** A fault of this kind strikes at the {@code k}th operation from now on that it is for. */
  void arm(FaultSweep.Kind kind, int k, Errno error);

  /** Returns how many such operations there were since. */
  long operations();

  /** Lets an operation go that is held. */
  void release();

  /** The fault is over, and the process with it, and perhaps the power. */
  void end(boolean powerCut);
}
