package dev.spool;

import org.jspecify.annotations.Nullable;

/** The spool refuses stores until what is wrong has been mended; see {@link Spool#health()}. */
public class SpoolUnhealthyException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /**
   * The message that peers may see; the same as {@link Spool#unhealthyReason()} of the backends
   * here.
   */
  public static final String REASON = "the spool is not accepting writes";

  /**
   * Makes the refusal of a store, which was not applied.
   *
   * @param detail what is wrong, for the operator
   * @param cause the failure behind it, if any
   */
  public SpoolUnhealthyException(String detail, @Nullable Throwable cause) {
    this(detail, Outcome.NOT_APPLIED, cause);
  }

  /**
   * Makes the failure of a store.
   *
   * @param detail what is wrong, for the operator
   * @param outcome whether the store may have been carried out
   * @param cause the failure behind it, if any
   */
  public SpoolUnhealthyException(String detail, Outcome outcome, @Nullable Throwable cause) {
    super(REASON, detail, outcome, cause);
  }
}
