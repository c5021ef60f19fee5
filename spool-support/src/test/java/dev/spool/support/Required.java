package dev.spool.support;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What a test needs beside the JDK, as the testkit has it, which is built upon this module. */
final class Required {
  private Required() {}

  /**
   * Skips the test where it is missing, saying so; or fails it, if {@code
   * -Dspool.tools.required=true} says that all of it is there.
   */
  static void require(boolean there, String otherwise) {
    if (!there && Boolean.getBoolean("spool.tools.required")) {
      throw new AssertionError(otherwise);
    }
    assumeTrue(there, "skipped: " + otherwise);
  }

  /**
   * Goes on if this machine grants it, which nothing that could be installed would change; else the
   * test is skipped, and says why.
   *
   * @param otherwise what is missing
   */
  static void granted(boolean there, String otherwise) {
    assumeTrue(there, "skipped: not granted by this machine: " + otherwise);
  }
}
