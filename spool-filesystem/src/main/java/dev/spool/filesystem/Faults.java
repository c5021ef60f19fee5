package dev.spool.filesystem;

import dev.spool.MessageNotFoundException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolId;
import dev.spool.support.EngineContext;
import dev.spool.support.Errno;
import dev.spool.support.FailureClass;
import dev.spool.support.IoFailures;
import dev.spool.support.Scarcity;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Reports what fails, to health and to whoever repeats it, and says what the caller is told. Safe
 * for use by any thread.
 */
final class Faults {
  private final EngineContext context;
  private final FailedPlaces places;
  private final Presence presence;
  private final RecycledFiles recycled;

  Faults(EngineContext context, FailedPlaces places, Presence presence, RecycledFiles recycled) {
    this.recycled = recycled;
    this.context = context;
    this.places = places;
    this.presence = presence;
  }

  /** Reports that a file or a directory could not be read. */
  SpoolException reading(String tried, Path place, IOException failure) {
    if (IoFailures.ofRead(failure) == FailureClass.FATAL) { // else it would keep everything waiting
      places.add(place);
    }
    return context.readFailed(tried + " " + place, failure);
  }

  /** Returns what to say of a message whose file is not there: that it is not, if the spool is. */
  SpoolException notFound(Path file, SpoolId id) {
    try {
      presence.check();
      return new MessageNotFoundException(id);
    } catch (IOException e) {
      return reading("cannot look for", file, e);
    }
  }

  /** Reports that something could not be written, renamed or deleted. */
  SpoolException writing(String tried, Outcome outcome, IOException failure) {
    return context.writeFailed(tried, outcome, cause(failure));
  }

  /**
   * A directory that is missing may mean that the whole spool is: unmounted, moved or removed
   * beneath us, which no later store will mend.
   */
  private IOException cause(IOException failure) {
    if (IoFailures.errno(failure) != Errno.ENOENT) {
      return failure;
    }
    try {
      presence.check();
    } catch (IOException gone) {
      gone.addSuppressed(failure);
      return gone;
    }
    return failure;
  }

  /** Reports that a file could not be forced. Nobody may write to it, or force it, again. */
  SpoolException forcing(Path file, IOException failure) {
    recycled.end();
    while (true) {
      try {
        return tellForcing(file, failure);
      } catch (OutOfMemoryError | InternalError e) { // nobody would know of it otherwise
        Scarcity.await(e);
      }
    }
  }

  private SpoolException tellForcing(Path file, IOException failure) {
    String tried = "cannot force " + file;
    String what = tried + ": " + failure;
    context.syncFailed(what, failure);
    if (IoFailures.ofWrite(failure) == FailureClass.SPACE) {
      context.failed(FailureClass.SPACE, what, failure);
    }
    return IoFailures.typed(tried, Outcome.UNKNOWN, failure);
  }

  /** Reports that a directory could not be forced. */
  SpoolException forcingDirectory(Path directory, IOException failure) {
    places.add(directory);
    return isNotOpened(failure)
        ? writing("cannot force " + directory, Outcome.UNKNOWN, failure)
        : forcing(directory, failure);
  }

  /** It could not be opened: nothing was forced, and so no force has failed. */
  private static boolean isNotOpened(IOException failure) {
    Errno errno = IoFailures.errno(failure);
    return errno == Errno.EMFILE || errno == Errno.ENFILE;
  }

  /** Tells whether what a directory was to be forced for may be lost. */
  static boolean isFailedForce(IOException failure) {
    return !isNotOpened(failure) && IoFailures.errno(failure) != Errno.ENOENT;
  }

  /** Says of a change that the force that succeeded does not vouch for it. */
  SpoolException lost(Path file) {
    return IoFailures.typed(
        "cannot tell what became of " + file,
        Outcome.UNKNOWN,
        new IOException(
            "a force of its directory has failed, and a later one does not bring back what that has lost"));
  }

  /** Reports what should not have happened. */
  SpoolException unexpected(String tried, Throwable failure) {
    FailureClass kind = IoFailures.ofWrite(failure);
    context.failed(kind, tried + ": " + failure, failure);
    return new SpoolException("the call failed", tried + ": " + failure, Outcome.UNKNOWN, failure);
  }

  /** Reports a damaged entry. */
  void damaged(Path place, String error) {
    // Anybody may have named a file that no store has written: no line of a log ends in its name.
    String shown = FileLayout.location(place).replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
    context.health().entryDamaged(shown + " is damaged: " + error);
  }
}
