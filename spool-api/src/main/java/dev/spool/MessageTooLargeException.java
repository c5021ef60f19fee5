package dev.spool;

/** The message is larger than the spool takes. */
public final class MessageTooLargeException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the failure of storing a message.
   *
   * @param length the message's length in bytes
   * @param limit the limit in bytes
   */
  public MessageTooLargeException(long length, long limit) {
    super(
        "the message is too large",
        "a message of " + length + " bytes is over the limit of " + limit + " (maxMessageSize)",
        Outcome.NOT_APPLIED,
        null);
  }
}
