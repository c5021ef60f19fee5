package dev.spool.support;

import dev.spool.SpoolLockedException;
import java.io.IOException;
import java.nio.file.Path;

/** The claim of one process, and of one opener in it, on a spool directory. */
public final class DirectoryLock implements AutoCloseable {
  private DirectoryLock() {}

  /**
   * Claims a directory.
   *
   * @throws SpoolLockedException if it is claimed already, in this process or in another
   */
  public static DirectoryLock acquire(Disk disk, Path directory) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Gives the claim up. Idempotent. */
  @Override
  public void close() {}
}
