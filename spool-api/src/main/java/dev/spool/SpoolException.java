package dev.spool;

import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The root of every failure that a spool reports.
 *
 * <p>{@link #getMessage()} of the failures that may reach a peer (unhealthy, full, deadlines) is
 * bland; {@link #detail()} is for the operator. Neither ever holds bytes of a message.
 */
public class SpoolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Whether a store or a removal that failed may have been carried out. */
  public enum Outcome {
    /** The spool is as it was before the call. */
    NOT_APPLIED,
    /** The write may or may not be there, now and after a crash; never a part of it. */
    UNKNOWN
  }

  private final Outcome outcome;
  private final String detail;

  /**
   * Makes a failure.
   *
   * @param message what may be shown to anybody
   * @param detail path, id, figures, and what to do, for the operator
   * @param outcome whether the call may have been carried out
   * @param cause the failure behind it, if any
   */
  public SpoolException(String message, String detail, Outcome outcome, @Nullable Throwable cause) {
    super(message, cause);
    this.detail = Objects.requireNonNull(detail, "detail");
    this.outcome = Objects.requireNonNull(outcome, "outcome");
  }

  /** Tells whether the store or removal that failed may have been carried out. */
  public final Outcome outcome() {
    return outcome;
  }

  /** Returns what the operator needs to know: path, id, figures, and what to do. */
  public final String detail() {
    return detail;
  }

  /**
   * Takes the wrapper that {@code CompletableFuture} puts around failures off.
   *
   * @return the spool's failure in {@code failure}'s chain of causes; if there is none, a new one
   *     with {@code failure} as its cause and an {@link Outcome#UNKNOWN} outcome
   */
  public static SpoolException unwrap(Throwable failure) {
    Throwable inner = failure;
    while ((inner instanceof CompletionException || inner instanceof ExecutionException)
        && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner instanceof SpoolException typed
        ? typed
        : new SpoolException("the call failed", inner.toString(), Outcome.UNKNOWN, inner);
  }

  /** Shows the type and the operator's detail. */
  @SuppressWarnings(
      "OverrideThrowableToString") // the message is for peers, a log line needs the detail
  @Override
  public String toString() {
    String message = String.valueOf(getMessage());
    return getClass().getName()
        + ": "
        + (message.equals(detail) ? message : message + " (" + detail + ")");
  }
}
