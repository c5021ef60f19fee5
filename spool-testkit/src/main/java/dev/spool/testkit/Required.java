package dev.spool.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What a test needs beside the JDK: root, a program, something of the kernel's. A test that does
 * not find it is skipped, and says why; or fails, if {@code -Dspool.tools.required=true} says that
 * all of it is there.
 */
public final class Required {
  private Required() {}

  /**
   * Goes on if it is there.
   *
   * @param otherwise what is missing
   */
  public static void require(boolean there, String otherwise) {
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
  public static void granted(boolean there, String otherwise) {
    assumeTrue(there, "skipped: not granted by this machine: " + otherwise);
  }
}
