package dev.spool.cli;

import dev.spool.BackpressureTimeoutException;
import dev.spool.DeadlineExceededException;
import dev.spool.MessageTooLargeException;
import dev.spool.SpoolException;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import dev.spool.SpoolLockedException;
import dev.spool.SpoolReadOnlyException;
import dev.spool.SpoolUnhealthyException;
import dev.spool.UnsupportedFormatException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Says what went wrong, where, and what to do; never with a stack trace, unless it is asked for.
 */
final class ErrorReport {
  private final PrintStream err;
  private final boolean debug;

  ErrorReport(PrintStream err, boolean debug) {
    this.err = err;
    this.debug = debug;
  }

  /** Reports what ended a command, and returns the exit status. */
  int report(Throwable failure) {
    int status;
    if (failure instanceof CommandFailure known) {
      status = known.status();
      err.println("spool: " + known.getMessage());
      if (known.getCause() instanceof SpoolException cause) {
        explain(cause);
      }
    } else if (failure instanceof SpoolException || failure instanceof CompletionException) {
      status = ExitStatus.STOPPED;
      SpoolException typed = SpoolException.unwrap(failure);
      err.println("spool: " + typed.getMessage());
      explain(typed);
    } else if (failure instanceof IOException io) {
      status = ExitStatus.STOPPED;
      err.println("spool: " + describe(io));
    } else {
      status = ExitStatus.INTERNAL;
      err.println("spool: internal error: " + failure);
      err.println("  run it again with --debug, and report what it shows");
    }
    if (debug) {
      failure.printStackTrace(err);
    }
    return status;
  }

  private void explain(SpoolException failure) {
    if (!failure.detail().equals(failure.getMessage())) {
      err.println("  " + failure.detail());
    }
    String advice = advice(failure);
    if (advice != null) {
      err.println("  " + advice);
    }
  }

  /** Returns a failure on one line. */
  static String oneLine(Throwable failure) {
    if (failure instanceof IOException io) {
      return describe(io);
    }
    return SpoolException.unwrap(failure).detail();
  }

  /** Returns what a failed file call means; the JDK's own messages often are a path and no more. */
  static String describe(IOException failure) {
    String text = failure instanceof FileSystemException named ? named.getFile() + ": " : "";
    if (failure instanceof NoSuchFileException) {
      return text + "no such file or directory";
    }
    if (failure instanceof AccessDeniedException) {
      return text + "permission denied";
    }
    if (failure instanceof NotDirectoryException) {
      return text + "not a directory";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return text + "is there already";
    }
    if (failure instanceof FileSystemException named && named.getReason() != null) {
      return text + named.getReason();
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  /** Returns what the user can do about it, where the failure does not say so itself. */
  private static @Nullable String advice(SpoolException failure) {
    if (failure instanceof SpoolLockedException) {
      return "stop that process first; ls, cat, export, stat and verify work beside it";
    }
    if (failure instanceof UnsupportedFormatException) {
      return null;
    }
    if (failure instanceof SpoolFullException) {
      return "make room: free space on that disk, or remove messages ('spool rm'); then run it again";
    }
    if (failure instanceof SpoolUnhealthyException) {
      return "see to the storage; 'spool stat' shows the spool's state";
    }
    if (failure instanceof MessageTooLargeException) {
      return "raise the limit with ?maxMessageSize=256MiB behind the spool's URI";
    }
    if (failure instanceof BackpressureTimeoutException
        || failure instanceof DeadlineExceededException) {
      return "the disk is slow or busy; try again";
    }
    if (failure instanceof SpoolReadOnlyException) {
      return "leave ?readOnly=true away to change it";
    }
    if (failure instanceof SpoolIOException) {
      return "check the path, its permissions, and the disk";
    }
    return null;
  }
}
