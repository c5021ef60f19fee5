package dev.spool;

import org.jspecify.annotations.Nullable;

/**
 * The storage failed: the call was tried, and the operating system or the engine reported an error.
 */
public final class SpoolIOException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the failure of a call that changes nothing, or had changed nothing yet.
   *
   * @param detail what was tried, where, and what was reported
   * @param cause the failure that was reported
   */
  public SpoolIOException(String detail, @Nullable Throwable cause) {
    this(detail, Outcome.NOT_APPLIED, cause);
  }

  /**
   * Makes the failure of a call.
   *
   * @param detail what was tried, where, and what was reported
   * @param outcome whether the write may have been carried out
   * @param cause the failure that was reported
   */
  public SpoolIOException(String detail, Outcome outcome, @Nullable Throwable cause) {
    super("the storage failed", detail, outcome, cause);
  }
}
