package dev.spool.support;

import java.io.Closeable;

/**
 * Forces everything that was written to a file system since this was opened, by one call. What was
 * written before is not vouched for, nor what is written while {@link #force} runs.
 *
 * <p>Belongs to one thread.
 */
public interface DiskSync extends Closeable {
  /**
   * Brings the contents of all files that were written since this was opened onto stable storage.
   *
   * @return false if that failed, or is not certain: each file has to be forced by itself then,
   *     which tells of each. A file that was open while this failed still tells by its own {@link
   *     DiskFile#force} what became of it.
   */
  boolean force();

  /** Gives up what it holds. Never fails. */
  @Override
  void close();
}
