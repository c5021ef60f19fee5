package dev.spool;

/** The caller's own deadline expired before the call was done. */
public final class DeadlineExceededException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the failure of a call.
   *
   * @param detail what it was waiting for
   * @param outcome {@code NOT_APPLIED} if the write was withdrawn before it had begun
   */
  public DeadlineExceededException(String detail, Outcome outcome) {
    super("the deadline was exceeded", detail, outcome, null);
  }
}
