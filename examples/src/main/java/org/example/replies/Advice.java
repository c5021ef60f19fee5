package org.example.replies;

import dev.spool.MessageCorruptException;
import dev.spool.MessageNotFoundException;
import dev.spool.MessageTooLargeException;
import dev.spool.SpoolClosedException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolLockedException;
import dev.spool.SpoolReadOnlyException;
import dev.spool.UnsupportedFormatException;

/**
 * What the failure of a call means for the code that made it.
 *
 * @param retry whether the same call may be made again
 * @param outcome whether a store or removal may have been carried out all the same
 */
public record Advice(Retry retry, Outcome outcome) {

  /** Whether the same call, under the same id, is worth making again. */
  public enum Retry {
    /** It may succeed later, as things are. */
    LATER,
    /** It fails until somebody, or another part of the program, has done something. */
    AFTER_ACTION,
    /** It fails each time. */
    NEVER
  }

  /**
   * Returns the advice for a failure, wrapped by a future or not. Of what is no failure of the
   * spool's (a cancelled future, a full heap, a bug) the outcome is unknown.
   */
  public static Advice of(Throwable failure) {
    SpoolException typed = SpoolException.unwrap(failure);
    return new Advice(retry(typed), typed.outcome());
  }

  private static Retry retry(SpoolException failure) {
    if (failure instanceof MessageTooLargeException
        || failure instanceof MessageNotFoundException) {
      return Retry.NEVER;
    }
    if (failure instanceof MessageCorruptException
        || failure instanceof SpoolClosedException
        || failure instanceof SpoolReadOnlyException
        || failure instanceof SpoolLockedException
        || failure instanceof UnsupportedFormatException) {
      return Retry.AFTER_ACTION;
    }
    return Retry.LATER;
  }
}
