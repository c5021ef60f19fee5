package dev.spool.support;

import dev.spool.SpoolException;
import dev.spool.SpoolIOException;
import java.io.IOException;

/**
 * The one place that says what an I/O failure means: for the spool's health, and for the caller.
 */
public final class IoFailures {
  private IoFailures() {}

  /**
   * Returns the operating system's error behind a failure; {@link Errno#OTHER} if it is none of
   * those, or not known.
   */
  public static Errno errno(IOException failure) {
    return Errno.OTHER;
  }

  /** Returns what the failure of reading, listing or looking up says about the spool's health. */
  public static FailureClass ofRead(Throwable failure) {
    return FailureClass.FATAL;
  }

  /**
   * Returns what the failure of creating, writing, renaming or deleting says about the spool's
   * health.
   */
  public static FailureClass ofWrite(Throwable failure) {
    return FailureClass.FATAL;
  }

  /**
   * Returns what the failure of a force says about the spool's health: always {@link
   * FailureClass#FATAL}.
   */
  public static FailureClass ofSync(Throwable failure) {
    return FailureClass.FATAL;
  }

  /**
   * Returns the exception for the caller: {@code SpoolFullException} if there was no room, else
   * {@code SpoolIOException}.
   *
   * @param tried what was tried, on which path: {@code cannot create /var/spool/x/1f}
   * @param outcome whether the write may have been carried out
   * @param failure what was reported
   */
  public static SpoolException typed(
      String tried, SpoolException.Outcome outcome, IOException failure) {
    return new SpoolIOException(tried, outcome, failure);
  }
}
