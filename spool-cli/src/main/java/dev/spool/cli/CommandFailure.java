package dev.spool.cli;

import org.jspecify.annotations.Nullable;

/** Ends the command with a message for the user and an exit status. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * Makes a failure.
   *
   * @param status one of {@link ExitStatus}
   * @param message what is wrong, and what to do
   * @param cause the failure behind it, if any
   */
  public CommandFailure(int status, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  int status() {
    return status;
  }
}
