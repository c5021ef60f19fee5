package dev.spool.support;

import dev.spool.BackpressureTimeoutException;
import dev.spool.MessageCorruptException;
import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The one place that says what an I/O failure means: for the spool's health, and for the caller.
 *
 * <p>What cannot be recognised counts as the worst: it may be a failing device, and to refuse
 * stores for a while costs less than to acknowledge one that is lost. All methods are pure, and may
 * be called by any thread.
 */
public final class IoFailures {
  private static final ErrnoTexts TEXTS = new ErrnoTexts(new OfTheSystem());

  /** No method reference: one that cannot be linked here leaves the process without a spool. */
  private static final class OfTheSystem implements IntFunction<@Nullable String> {
    @Override
    public @Nullable String apply(int number) {
      return NativeCalls.strerror(number);
    }
  }

  private IoFailures() {}

  /**
   * Has all that the first failure needs made now. If that were for want of memory it could not be
   * made, and the JVM does not try to make a class twice: no failure could be told ever again.
   */
  static void prepare() {
    var unused = ofRead(typed("", Outcome.NOT_APPLIED, new IOException("none")));
  }

  /**
   * Returns the operating system's error behind a failure; {@link Errno#OTHER} if there is none, or
   * it is not one of those, or it is told in a language that could not be learned. Waits for memory
   * if there is none for it: a failing device would be taken for the lack of that.
   */
  public static Errno errno(IOException failure) {
    while (true) {
      try {
        return TEXTS.find(failure);
      } catch (OutOfMemoryError | InternalError e) {
        Scarcity.await(e);
      }
    }
  }

  /**
   * Returns what the failure of reading, listing or looking up says about the spool's health. That
   * a name is not there says nothing: it is for the caller to know whether it ought to be.
   */
  public static FailureClass ofRead(Throwable failure) {
    Throwable inner = unwrap(failure);
    if (inner instanceof ClosedChannelException) {
      return FailureClass.SUSPECT;
    }
    return inner instanceof IOException io && errno(io) == Errno.ENOENT
        ? FailureClass.NONE
        : ofWrite(inner);
  }

  /**
   * Returns what the failure of creating, writing, renaming or deleting says about the spool's
   * health.
   */
  public static FailureClass ofWrite(Throwable failure) {
    Throwable inner = unwrap(failure);
    if (inner instanceof EOFException) {
      return FailureClass.ENTRY;
    }
    if (inner instanceof ClosedChannelException) {
      // Closed beneath its user, by an interrupt or a bug: how much of the write arrived is
      // unknown.
      return FailureClass.FATAL;
    }
    if (inner instanceof IOException io) {
      return errno(io).failureClass();
    }
    if (Scarcity.isMet(inner)) {
      return FailureClass.SUSPECT;
    }
    return inner instanceof SpoolException typed ? ofTyped(typed) : FailureClass.FATAL;
  }

  /**
   * Returns what the failure of a force says about the spool's health: {@link FailureClass#FATAL},
   * whatever the error, for want of room too. What had been written may be gone, and no second
   * force would tell.
   */
  public static FailureClass ofSync(Throwable failure) {
    return FailureClass.FATAL;
  }

  private static FailureClass ofTyped(SpoolException failure) {
    if (failure instanceof SpoolFullException) {
      return FailureClass.SPACE;
    }
    if (failure instanceof MessageCorruptException) {
      return FailureClass.ENTRY;
    }
    if (failure instanceof BackpressureTimeoutException) {
      return FailureClass.SUSPECT;
    }
    if (failure instanceof SpoolIOException || failure.getClass() == SpoolException.class) {
      return failure.getCause() == null ? FailureClass.FATAL : ofWrite(failure.getCause());
    }
    return FailureClass.NONE;
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable inner = failure;
    while ((inner instanceof UncheckedIOException
            || inner instanceof DirectoryIteratorException
            || inner instanceof CompletionException
            || inner instanceof ExecutionException)
        && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }

  /**
   * Returns the exception for the caller: {@link SpoolFullException} if there was no room, else
   * {@link SpoolIOException}.
   *
   * @param tried what was tried, with the path: {@code cannot create /var/spool/x/1f}
   * @param outcome whether the write may have been carried out
   * @param failure what was reported
   */
  public static SpoolException typed(String tried, Outcome outcome, IOException failure) {
    Errno errno = errno(failure);
    String advice = advice(errno);
    String detail =
        tried
            + where(tried, failure)
            + ": "
            + reported(errno, failure)
            + (advice == null ? "" : "; " + advice);
    return errno.failureClass() == FailureClass.SPACE
        ? new SpoolFullException(detail, outcome, failure)
        : new SpoolIOException(detail, outcome, failure);
  }

  /** Names the file that failed, where {@code tried} names another. */
  private static String where(String tried, IOException failure) {
    String file = failure instanceof FileSystemException named ? named.getFile() : null;
    return file == null || tried.contains(file) ? "" : ", at " + file;
  }

  private static String reported(Errno errno, IOException failure) {
    if (errno != Errno.OTHER) {
      return errno.texts().get(0) + " (" + errno + ")";
    }
    String text =
        failure instanceof FileSystemException named && named.getReason() != null
            ? named.getReason()
            : failure.getMessage();
    return text == null ? failure.getClass().getSimpleName() : text;
  }

  /** Tells the operator what to do; null where that depends on what was tried. */
  private static @Nullable String advice(Errno errno) {
    return switch (errno) {
      case EIO, ENXIO, ENODEV, ENOMEDIUM, EREMOTEIO -> "look for device errors in the kernel's log";
      case EROFS ->
          "if it was not mounted so, the kernel has made it so after an error, which its log tells; check it, and mount it"
              + " writable";
      case EBADMSG, EUCLEAN -> "the file system is damaged: check it";
      case ESTALE, ENOTCONN, ETIMEDOUT, EHOSTDOWN ->
          "the file system's server is gone: bring it back, or mount it again";
      case EMFILE -> "raise the limit of open files of this process (ulimit -n)";
      case ENFILE -> "raise the limit of open files of this machine (fs.file-max)";
      case ENOMEM -> "free memory";
      case ENOLCK -> "the file system gives no locks: is its lock service running?";
      case ENOSPC ->
          "free space or inodes (df, df -i), or remove messages, which works on a full disk";
      case EDQUOT -> "raise the quota, or remove messages, which works within a used-up quota";
      case EACCES, EPERM ->
          "check owner and permissions, of the directories above too, and that it is not immutable (lsattr)";
      case EMLINK, EFBIG, EOPNOTSUPP, EINVAL -> "the file system cannot do this: use another";
      case ELOOP ->
          "symbolic links inside a spool are not followed: put the real thing in its place";
      case EXDEV -> "no other file system may be mounted inside a spool";
      default -> null;
    };
  }
}
