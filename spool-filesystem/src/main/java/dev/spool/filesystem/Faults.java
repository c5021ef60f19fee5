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
  private final FileLayout layout;
  private final FailedPlaces places;
  private final Presence presence;
  private final RecycledFiles recycled;

  Faults(
      EngineContext context,
      FileLayout layout,
      FailedPlaces places,
      Presence presence,
      RecycledFiles recycled) {
    this.recycled = recycled;
    this.context = context;
    this.layout = layout;
    this.places = places;
    this.presence = presence;
  }

  /** Reports that a file or a directory could not be read. */
  SpoolException reading(String tried, Path place, IOException failure) {
    while (true) {
      try {
        return tellReading(tried, place, failure);
      } catch (OutOfMemoryError | InternalError e) { // nobody would know of it otherwise
        Scarcity.await(e);
      }
    }
  }

  private SpoolException tellReading(String tried, Path place, IOException failure) {
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
  SpoolException writing(String tried, Path place, Outcome outcome, IOException failure) {
    while (true) {
      try {
        return context.writeFailed(tried + " " + place, outcome, cause(failure));
      } catch (OutOfMemoryError | InternalError e) { // as above
        Scarcity.await(e);
      }
    }
  }

  /** Reports that something could not be done with the file of a message. */
  SpoolException writing(String tried, SpoolId id, Outcome outcome, IOException failure) {
    while (true) {
      try {
        return writing(tried, layout.file(id), outcome, failure);
      } catch (OutOfMemoryError | InternalError e) { // as above
        Scarcity.await(e);
      }
    }
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
  SpoolException forcing(Path file, Throwable failure) {
    recycled.end();
    while (true) {
      try {
        return tellForcing(file, failure);
      } catch (OutOfMemoryError | InternalError e) { // as above
        Scarcity.await(e);
      }
    }
  }

  /** Reports that the file of a message could not be forced. */
  SpoolException forcing(SpoolId id, Throwable failure) {
    while (true) {
      try {
        return forcing(layout.file(id), failure);
      } catch (OutOfMemoryError | InternalError e) { // as above
        Scarcity.await(e);
      }
    }
  }

  private SpoolException tellForcing(Path file, Throwable failure) {
    String tried = "cannot force " + file;
    String what = tried + ": " + failure;
    context.syncFailed(what, failure);
    if (IoFailures.ofWrite(failure) == FailureClass.SPACE) {
      context.failed(FailureClass.SPACE, what, failure);
    }
    return failure instanceof IOException io
        ? IoFailures.typed(tried, Outcome.UNKNOWN, io)
        : new SpoolException("the call failed", what, Outcome.UNKNOWN, failure);
  }

  /**
   * Reports that a directory could not be forced, or that it is not known whether it was: a force
   * that something has cut short, as for want of memory, may have failed first.
   */
  SpoolException forcingDirectory(Path directory, Throwable failure) {
    places.add(directory);
    return failure instanceof IOException io && isNotOpened(io)
        ? writing("cannot force", directory, Outcome.UNKNOWN, io)
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
