package org.example.replies;

import dev.spool.BackpressureTimeoutException;
import dev.spool.DeadlineExceededException;
import dev.spool.MessageTooLargeException;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolLockedException;
import dev.spool.SpoolReadOnlyException;
import dev.spool.SpoolUnhealthyException;
import dev.spool.UnsupportedFormatException;

/**
 * What an SMTP server says when its spool fails. Permanent (5xx) only if the message can never be
 * taken: a sender gives up a message that was refused so, and keeps any other for its next attempt.
 *
 * <p>The text is the same for everybody: no path, no id, no cause. Those are in {@link
 * SpoolException#detail()}, for the log.
 *
 * @param code the reply code (RFC 5321, 4.2)
 * @param enhanced the enhanced status code (RFC 3463)
 * @param text what people read
 */
public record SmtpReply(int code, String enhanced, String text) {
  /** For a connection that comes while {@code unhealthyReason()} is not null. */
  public static final SmtpReply UNHEALTHY =
      new SmtpReply(451, "4.3.0", SpoolUnhealthyException.REASON);

  /** For a message that is larger than the server takes. */
  public static final SmtpReply TOO_LARGE = new SmtpReply(552, "5.3.4", "the message is too large");

  private static final SmtpReply FULL = new SmtpReply(452, "4.3.1", SpoolUnhealthyException.REASON);
  private static final SmtpReply SLOW = new SmtpReply(451, "4.4.5", "the spool is too busy");

  /** The connection is closed after it. */
  private static final SmtpReply CLOSED =
      new SmtpReply(421, "4.3.2", "the service is shutting down");

  private static final SmtpReply MISCONFIGURED =
      new SmtpReply(451, "4.3.5", "the service is not set up for mail now");
  private static final SmtpReply FAILED = new SmtpReply(451, "4.3.0", "the storage failed");

  /** Returns the reply for a failure, wrapped by a future or not, of whatever kind. */
  public static SmtpReply of(Throwable failure) {
    SpoolException typed = SpoolException.unwrap(failure);
    if (typed instanceof SpoolFullException) {
      return FULL; // before its superclass
    }
    if (typed instanceof SpoolUnhealthyException) {
      return UNHEALTHY;
    }
    if (typed instanceof DeadlineExceededException
        || typed instanceof BackpressureTimeoutException) {
      return SLOW;
    }
    if (typed instanceof MessageTooLargeException) {
      return TOO_LARGE;
    }
    if (typed instanceof SpoolClosedException) {
      return CLOSED;
    }
    if (typed instanceof SpoolReadOnlyException
        || typed instanceof SpoolLockedException
        || typed instanceof UnsupportedFormatException) {
      return MISCONFIGURED;
    }
    return FAILED;
  }

  /** Tells whether the sender is to give the message up. */
  public boolean isPermanent() {
    return code >= 500;
  }

  /** Returns the line as it is sent, without its end. */
  @Override
  public String toString() {
    return code + " " + enhanced + " " + text;
  }
}
