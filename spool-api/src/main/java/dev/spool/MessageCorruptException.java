package dev.spool;

/**
 * The message is there, and is not what was stored. It is kept where it is; {@link
 * Spool#quarantine} moves it.
 */
public final class MessageCorruptException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the failure of reading a damaged message.
   *
   * @param id the message
   * @param location where it lies, in the terms of the backend
   * @param error what is wrong with it
   */
  public MessageCorruptException(SpoolId id, String location, String error) {
    super(
        "message " + id + " is damaged",
        "message "
            + id
            + " at "
            + location
            + " is damaged: "
            + error
            + "; quarantine it to move it out of the way",
        Outcome.NOT_APPLIED,
        null);
  }
}
