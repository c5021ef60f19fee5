package org.example.replies;

import dev.spool.BackpressureTimeoutException;
import dev.spool.DeadlineExceededException;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.MessageTooLargeException;
import dev.spool.ScanCancelledException;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolLockedException;
import dev.spool.SpoolReadOnlyException;
import dev.spool.SpoolUnhealthyException;
import dev.spool.UnsupportedFormatException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an HTTP server answers when its spool fails. Whoever is told when to come back (Retry-After)
 * may send the same request again; a 4xx says that it would fail again.
 *
 * <p>The texts are the same for everybody: no path, no id, no cause. Those are in {@link
 * SpoolException#detail()}, for the log.
 *
 * @param status the status code
 * @param title what people read
 * @param retryAfter when to try again, in whole seconds, or null if there is no point
 */
public record HttpReply(int status, String title, @Nullable Duration retryAfter) {
  /** For a request that comes while {@code unhealthyReason()} is not null. */
  public static final HttpReply UNHEALTHY =
      new HttpReply(503, SpoolUnhealthyException.REASON, Duration.ofSeconds(30));

  /** For a body that is larger than the server takes. */
  public static final HttpReply TOO_LARGE = new HttpReply(413, "the message is too large", null);

  /** For a request that would take more memory than there is for messages. */
  public static final HttpReply SLOW =
      new HttpReply(503, "the spool is too busy", Duration.ofSeconds(5));

  private static final HttpReply FULL =
      new HttpReply(507, SpoolUnhealthyException.REASON, Duration.ofSeconds(60));
  private static final HttpReply NOT_FOUND = new HttpReply(404, "no such message", null);
  private static final HttpReply DAMAGED = new HttpReply(500, "the message is damaged", null);
  private static final HttpReply CLOSED =
      new HttpReply(503, "the service is shutting down", Duration.ofSeconds(10));
  private static final HttpReply MISCONFIGURED =
      new HttpReply(503, "the service is not set up for messages now", Duration.ofSeconds(60));
  private static final HttpReply FAILED =
      new HttpReply(503, "the storage failed", Duration.ofSeconds(30));

  /** Returns the reply for a failure, wrapped by a future or not, of whatever kind. */
  public static HttpReply of(Throwable failure) {
    SpoolException typed = SpoolException.unwrap(failure);
    if (typed instanceof SpoolFullException) {
      return FULL; // before its superclass
    }
    if (typed instanceof SpoolUnhealthyException) {
      return UNHEALTHY;
    }
    if (typed instanceof DeadlineExceededException
        || typed instanceof BackpressureTimeoutException
        || typed instanceof ScanCancelledException) {
      return SLOW;
    }
    if (typed instanceof MessageTooLargeException) {
      return TOO_LARGE;
    }
    if (typed instanceof MessageNotFoundException) {
      return NOT_FOUND;
    }
    if (typed instanceof MessageCorruptException) {
      return DAMAGED;
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

  /** Returns the body, a problem document (RFC 9457). */
  public String body() {
    return "{\"status\":" + status + ",\"title\":\"" + title + "\"}\n"; // titles need no escaping
  }
}
