package dev.spool;

/** What is there is not a spool of this backend, or needs a newer release. It was not touched. */
public final class UnsupportedFormatException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the refusal of an opening.
   *
   * @param path what was to be opened
   * @param reason what was found there, and what to do
   */
  public UnsupportedFormatException(String path, String reason) {
    super(
        "cannot open " + path + ": " + reason,
        "cannot open " + path + ": " + reason,
        Outcome.NOT_APPLIED,
        null);
  }
}
