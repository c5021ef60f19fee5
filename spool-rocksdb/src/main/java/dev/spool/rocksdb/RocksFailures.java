package dev.spool.rocksdb;

import dev.spool.SpoolException;
import dev.spool.SpoolException.Outcome;
import dev.spool.SpoolFullException;
import dev.spool.SpoolIOException;
import dev.spool.support.Errno;
import dev.spool.support.FailureClass;
import dev.spool.support.IoFailures;
import java.io.IOException;
import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.Status.Code;
import org.rocksdb.Status.SubCode;

/**
 * The one place that says what a {@link RocksDBException} means: for the spool's health, and for
 * the caller.
 *
 * <p>The status has a code, and a sub-code for want of room. An {@code IOError} of any other kind
 * ends with the operating system's text, by which {@link IoFailures} knows it. What is not
 * recognised counts as the worst. All methods are pure.
 */
final class RocksFailures {
  private RocksFailures() {}

  /** Returns what a failure says about the spool's health. */
  static FailureClass classOf(RocksDBException failure) {
    Status status = failure.getStatus();
    if (status == null) {
      return FailureClass.FATAL;
    }
    return switch (status.getCode()) {
      case Incomplete, Busy, TryAgain, TimedOut, MergeInProgress -> FailureClass.SUSPECT;
      case IOError -> ofIoError(failure);
      case Aborted, ShutdownInProgress ->
          subCode(failure) == SubCode.MemoryLimit ? FailureClass.SUSPECT : FailureClass.FATAL;
      default -> FailureClass.FATAL;
    };
  }

  private static FailureClass ofIoError(RocksDBException failure) {
    if (isNoSpace(failure)) {
      return FailureClass.SPACE;
    }
    if (IoFailures.errno(asIo(failure)) == Errno.ENOENT) {
      return FailureClass.FATAL; // RocksDB opens no files but those that it has listed itself
    }
    FailureClass kind = IoFailures.ofWrite(asIo(failure));
    return kind == FailureClass.NONE || kind == FailureClass.ENTRY ? FailureClass.FATAL : kind;
  }

  /** Tells whether there was no room. */
  static boolean isNoSpace(RocksDBException failure) {
    return subCode(failure) == SubCode.NoSpace
        || (hasCode(failure, Code.IOError)
            && IoFailures.ofWrite(asIo(failure)) == FailureClass.SPACE);
  }

  /** Tells whether a write was refused, and not applied, because it would have had to wait. */
  static boolean isStall(RocksDBException failure) {
    return hasCode(failure, Code.Incomplete);
  }

  /** Tells whether what was read is not what was written. */
  static boolean isCorruption(RocksDBException failure) {
    return hasCode(failure, Code.Corruption);
  }

  /** Tells whether RocksDB cannot do that at all with a database that was opened to be read. */
  static boolean isNotSupported(RocksDBException failure) {
    return hasCode(failure, Code.NotSupported);
  }

  /** Tells whether a database is open in this process already. */
  static boolean isLockedHere(RocksDBException failure) {
    return hasCode(failure, Code.IOError) && state(failure).endsWith(": No locks available");
  }

  /** Tells whether RocksDB gave up because it was told to: a compaction that was cancelled. */
  static boolean isCancelled(RocksDBException failure) {
    return hasCode(failure, Code.Incomplete) || hasCode(failure, Code.ShutdownInProgress);
  }

  /**
   * Returns the exception for the caller: {@link SpoolFullException} if there was no room, else
   * {@link SpoolIOException}.
   *
   * @param tried what was tried, with the path
   * @param outcome whether the write may have been carried out
   */
  static SpoolException typed(String tried, Outcome outcome, RocksDBException failure) {
    String detail = tried + ": " + describe(failure);
    if (classOf(failure) == FailureClass.SPACE) {
      return new SpoolFullException(
          detail + "; free space (df, df -i), or remove messages, which works on a full disk",
          outcome,
          failure);
    }
    return new SpoolIOException(detail, outcome, failure);
  }

  /** The same, of whatever else may be thrown, too. */
  static SpoolException typed(String tried, Outcome outcome, Throwable failure) {
    return failure instanceof RocksDBException e
        ? typed(tried, outcome, e)
        : new SpoolIOException(tried + ": " + failure, outcome, failure);
  }

  /** Returns what RocksDB reported: code and text. */
  static String describe(RocksDBException failure) {
    Status status = failure.getStatus();
    String text = state(failure);
    return status == null ? text : status.getCode() + (text.isEmpty() ? "" : ": " + text);
  }

  /**
   * Returns the failure as the JDK would have reported it. RocksDB writes {@code While appending to
   * file: /path: No space left on device}: what follows the last colon is the operating system's
   * text.
   */
  private static IOException asIo(RocksDBException failure) {
    String text = state(failure);
    String reason = text.substring(text.lastIndexOf(": ") + 1).strip();
    IOException io = new FileSystemException(null, null, reason);
    io.initCause(failure);
    return io;
  }

  private static String state(RocksDBException failure) {
    Status status = failure.getStatus();
    String state = status == null ? null : status.getState();
    return state != null ? state : String.valueOf(failure.getMessage());
  }

  private static boolean hasCode(RocksDBException failure, Code code) {
    Status status = failure.getStatus();
    return status != null && status.getCode() == code;
  }

  private static @Nullable SubCode subCode(RocksDBException failure) {
    Status status = failure.getStatus();
    return status == null ? null : status.getSubCode();
  }
}
