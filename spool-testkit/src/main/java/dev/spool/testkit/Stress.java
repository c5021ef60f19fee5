package dev.spool.testkit;

/**
 * How long the tests that try many faults go on: a short form in every build, and a long one with
 * {@code mvn verify -Pstress}, which sets the system property {@code spool.stress}. The system
 * property {@code spool.again} says that the short form was run already, on another JDK.
 */
public final class Stress {
  private static final boolean LONG = Boolean.getBoolean("spool.stress");
  private static final boolean AGAIN = !LONG && Boolean.getBoolean("spool.again");

  private Stress() {}

  /** Tells whether it is the long form that was asked for. */
  public static boolean isLong() {
    return LONG;
  }

  /** Returns how many of something there are to be. */
  public static int count(int inShort, int inLong) {
    return LONG ? inLong : inShort;
  }

  /**
   * Returns how many rounds of something there are to be: those of the system property {@code
   * spool.rounds}, if it is set, so that a long form can be run in pieces, each with a seed.
   */
  public static int rounds(int inShort, int inLong) {
    return Integer.getInteger("spool.rounds", count(inShort, inLong));
  }

  /** Tells whether a third of the short form is enough. */
  static boolean isAgain() {
    return AGAIN;
  }

  /**
   * Returns the seed of what is random: that of the system property {@code spool.seed}, or else
   * always the same, so that a build that fails fails again.
   */
  public static long seed() {
    return Long.getLong("spool.seed", 1);
  }
}
