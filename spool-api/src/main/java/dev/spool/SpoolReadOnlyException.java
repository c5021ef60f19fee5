package dev.spool;

/** The spool was opened read-only. */
public final class SpoolReadOnlyException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /** Makes the refusal of a change to the spool of that name. */
  public SpoolReadOnlyException(String name) {
    super(
        "the spool was opened read-only",
        "the spool " + name + " was opened read-only",
        Outcome.NOT_APPLIED,
        null);
  }
}
