package dev.spool.micrometer;

import dev.spool.BackpressureTimeoutException;
import dev.spool.DeadlineExceededException;
import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.MessageTooLargeException;
import dev.spool.ScanCancelledException;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import dev.spool.SpoolReadOnlyException;
import dev.spool.SpoolUnhealthyException;
import java.util.Locale;
import java.util.concurrent.CancellationException;

/** What a call failed with, as the value of a tag: few, and fixed. */
enum FailureKind {
  NOT_FOUND,
  CORRUPT,
  TOO_LARGE,
  FULL,
  UNHEALTHY,
  DEADLINE,
  BACKPRESSURE,
  IO,
  CLOSED,
  READ_ONLY,
  CANCELLED,
  OTHER;

  /** Returns the kind of a failure; wrappers of futures are taken off. */
  static FailureKind of(Throwable failure) {
    if (failure instanceof CancellationException) {
      return CANCELLED;
    }
    SpoolException typed = SpoolException.unwrap(failure);
    if (typed instanceof MessageNotFoundException) {
      return NOT_FOUND;
    } else if (typed instanceof MessageCorruptException) {
      return CORRUPT;
    } else if (typed instanceof MessageTooLargeException) {
      return TOO_LARGE;
    } else if (typed instanceof SpoolFullException) { // first: it is an unhealthy one, too
      return FULL;
    } else if (typed instanceof SpoolUnhealthyException) {
      return UNHEALTHY;
    } else if (typed instanceof DeadlineExceededException) {
      return DEADLINE;
    } else if (typed instanceof BackpressureTimeoutException) {
      return BACKPRESSURE;
    } else if (typed instanceof SpoolIOException) {
      return IO;
    } else if (typed instanceof SpoolClosedException) {
      return CLOSED;
    } else if (typed instanceof SpoolReadOnlyException) {
      return READ_ONLY;
    } else if (typed instanceof ScanCancelledException) {
      return CANCELLED;
    }
    return OTHER;
  }

  /** Returns the tag's value. */
  String tag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
