package dev.spool;

import org.jspecify.annotations.Nullable;

/** The spool has no room: bytes, inodes or quota. Removing messages makes room. */
public final class SpoolFullException extends SpoolUnhealthyException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the refusal of a store, which was not applied.
   *
   * @param detail what has run out, with figures, for the operator
   * @param cause the failure behind it, if any
   */
  public SpoolFullException(String detail, @Nullable Throwable cause) {
    super(detail, cause);
  }

  /**
   * Makes the failure of a store.
   *
   * @param detail what has run out, with figures, for the operator
   * @param outcome whether the store may have been carried out
   * @param cause the failure behind it, if any
   */
  public SpoolFullException(String detail, Outcome outcome, @Nullable Throwable cause) {
    super(detail, outcome, cause);
  }
}
