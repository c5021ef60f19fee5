package dev.spool;

/** No message of that id is in the spool. */
public final class MessageNotFoundException extends SpoolException {
  private static final long serialVersionUID = 1L;

  /** Makes the failure of loading {@code id}. */
  public MessageNotFoundException(SpoolId id) {
    super("no message " + id, "no message " + id, Outcome.NOT_APPLIED, null);
  }
}
