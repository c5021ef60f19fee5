package org.example.smtp;

import java.util.Random;

/** Chance that differs from run to run, and can be had again. */
final class Seeds {
  private static final String PROPERTY = "spool.seed";

  private Seeds() {}

  /**
   * Returns a generator whose seed the test's output names: {@code -Dspool.seed=} it, and the same
   * numbers come again.
   */
  static Random random() {
    long seed = Long.getLong(PROPERTY, System.nanoTime());
    System.out.println("-D" + PROPERTY + "=" + seed);
    return new Random(seed);
  }
}
