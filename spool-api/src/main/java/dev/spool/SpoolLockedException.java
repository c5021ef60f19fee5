package dev.spool;

/** The spool is open already, in this process or in another. */
public final class SpoolLockedException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the refusal of an opening.
   *
   * @param path the spool's directory or name
   * @param owner who has it open: pid, host and start time, as far as known
   */
  public SpoolLockedException(String path, String owner) {
    super(
        "the spool " + path + " is open elsewhere",
        "the spool " + path + " is open already, by " + owner,
        Outcome.NOT_APPLIED,
        null);
  }
}
