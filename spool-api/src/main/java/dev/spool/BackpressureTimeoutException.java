package dev.spool;

/** The spool's own limit on waiting expired, or too many calls are waiting already. */
public final class BackpressureTimeoutException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the failure of a call.
   *
   * @param detail what it was waiting for, and the limit
   * @param outcome {@code NOT_APPLIED} if the write was withdrawn before it had begun
   */
  public BackpressureTimeoutException(String detail, Outcome outcome) {
    super("the spool is too busy", detail, outcome, null);
  }
}
