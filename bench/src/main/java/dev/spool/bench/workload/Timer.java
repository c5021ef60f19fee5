package dev.spool.bench.workload;

/** Is told how long each step took; by any thread. */
@FunctionalInterface
interface Timer {

  /** What is timed. */
  enum Step {
    STORE,
    LOAD,
    REMOVE,
    /** From when something was due until it began. */
    LATENESS
  }

  /**
   * A step is done.
   *
   * @param startedNanos when it began, as {@link System#nanoTime} counts
   * @param payload the bytes that were stored or loaded
   */
  void done(Step step, long startedNanos, int payload);
}
