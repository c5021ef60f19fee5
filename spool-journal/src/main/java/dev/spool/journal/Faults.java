package dev.spool.journal;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.support.EngineContext;
import dev.spool.support.FailureClass;
import dev.spool.support.IoFailures;

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

  /** Reports what has left a journal broken that has to be opened again, whatever it was. */
  static SpoolException unexpected(EngineContext context, String tried, Throwable failure) {
    context.failed(FailureClass.FATAL, tried + ": " + failure, failure);
    return new SpoolException("the call failed", tried + ": " + failure, Outcome.UNKNOWN, failure);
  }
}
