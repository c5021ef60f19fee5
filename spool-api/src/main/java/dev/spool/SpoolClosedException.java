package dev.spool;

/** The spool is closed, or is being closed. */
public final class SpoolClosedException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /** Makes the refusal of a call on the spool of that name. */
  public SpoolClosedException(String name) {
    this(name, Outcome.NOT_APPLIED);
  }

  /**
   * Makes the failure of a call on the spool of that name.
   *
   * @param name the spool's name
   * @param outcome whether the write may have been carried out
   */
  public SpoolClosedException(String name, Outcome outcome) {
    super("the spool is closed", "the spool " + name + " is closed", outcome, null);
  }
}
