package dev.spool.cli;

import dev.spool.Spool;
import dev.spool.SpoolException;
import dev.spool.SpoolId;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.nio.file.Path;

/** Where damaged messages are moved to, on request, each with its reason beside it. */
final class QuarantineDirectory {
  private final Streams streams;
  private final Path directory;

  /**
   * Makes one.
   *
   * @param spool the spool that they are taken from
   * @throws CommandFailure if {@code directory} lies in the spool
   */
  QuarantineDirectory(Streams streams, Path directory, SpoolAddress spool) {
    if (spool.contains(directory)) {
      throw new CommandFailure(
          ExitStatus.USAGE, directory + " is inside the spool; choose another place", null);
    }
    this.streams = streams;
    this.directory = directory.toAbsolutePath().normalize();
  }

  /**
   * Moves one.
   *
   * @param told where to say so
   * @return whether it was moved; if not, that was said on standard error
   */
  boolean take(Spool spool, SpoolId id, PrintStream told) throws InterruptedIOException {
    try {
      Waiting.on(streams, "moving " + id, spool.quarantine(id, directory));
    } catch (SpoolException e) {
      streams.err().println("spool: not moved: " + id + ": " + e.detail());
      return false;
    }
    told.println("moved: " + id + " to " + directory);
    return true;
  }
}
