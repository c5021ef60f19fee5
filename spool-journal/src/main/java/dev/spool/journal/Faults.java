package dev.spool.journal;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.IoFailures;
import java.io.IOException;

/** Reports what fails to the spool's health, and says what the caller is told. */
final class Faults {
  private Faults() {}

  /** Reports that a file could not be forced. Nobody may write to it, or force it, again. */
  static SpoolException syncFailed(EngineContext context, String tried, SyncFailure sync) {
    String what = tried + ": " + sync.getMessage();
    context.syncFailed(what, sync.failure());
    if (IoFailures.ofWrite(sync.failure()) == FailureClass.SPACE) {
      context.failed(FailureClass.SPACE, what, sync.failure());
    }
    return IoFailures.typed(tried, Outcome.UNKNOWN, sync.failure());
  }

  /**
   * Reports that something could not be written. What has left the journal broken does not pass by
   * itself, whatever it was: but for want of room, after which the journal is opened again all the
   * same, as removals need it, it is fatal.
   */
  static SpoolException writeFailed(
      EngineContext context, String tried, Outcome outcome, IOException failure, boolean broken) {
    if (failure instanceof SyncFailure sync) {
      return syncFailed(context, tried, sync);
    }
    if (broken && IoFailures.ofWrite(failure) != FailureClass.SPACE) {
      context.failed(FailureClass.FATAL, tried + ": " + failure, failure);
      return IoFailures.typed(tried, outcome, failure);
    }
    if (broken) {
      context.recover();
    }
    return context.writeFailed(tried, outcome, failure);
  }

  /** Reports what has left a journal broken that has to be opened again, whatever it was. */
  static SpoolException unexpected(EngineContext context, String tried, Throwable failure) {
    context.failed(FailureClass.FATAL, tried + ": " + failure, failure);
    return new SpoolException("the call failed", tried + ": " + failure, Outcome.UNKNOWN, failure);
  }
}
