package dev.spool.cli;

/**
 * What faults of one kind have come to.
 *
 * @param verdict what can be said of the promises
 * @param text what was done, or what was found, or why nothing was
 */
record TortureResult(Verdict verdict, String text) {

  /** What can be said of the promises. */
  enum Verdict {
    /** All were kept. */
    GOOD,
    /** One was broken. */
    BAD,
    /** Nothing: the spool took nothing, or the time was over. */
    NONE,
    /** Nothing: such faults cannot be made here. */
    NOT_RUN
  }
}
