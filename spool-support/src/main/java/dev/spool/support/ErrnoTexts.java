package dev.spool.support;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Finds the error number behind an {@code IOException}. The JDK hands on no code, only the C
 * library's text for it, so the text is compared, as a whole, with all that C libraries are known
 * to say; then, since it comes in the language of the process, with what the C library of this
 * process says, if it can be asked.
 *
 * <p>Thread-safe: immutable, but for the texts of this process, which are asked for once, when
 * first needed.
 */
final class ErrnoTexts {
  /** What the JDK appends to the text of ELOOP. */
  private static final List<String> JDK_SUFFIXES =
      List.of(" (NOFOLLOW_LINKS specified)", " or unable to access attributes of symbolic link");

  private static final int NO_SUCH_NUMBER = 4095;

  private static final Map<String, Errno> ENGLISH = english();

  private final IntFunction<@Nullable String> strerror;

  /**
   * Null until it was needed; written once with equal contents, by whichever threads come first.
   */
  private volatile @Nullable Map<String, Errno> local;

  /**
   * Makes a table.
   *
   * @param strerror the C library's text for a number, in the language of this process; null if it
   *     cannot be asked
   */
  ErrnoTexts(IntFunction<@Nullable String> strerror) {
    this.strerror = strerror;
  }

  Errno find(IOException failure) {
    Errno byType = byType(failure);
    if (byType != Errno.OTHER) {
      return byType;
    }
    String text =
        failure instanceof FileSystemException named ? named.getReason() : failure.getMessage();
    if (text == null) {
      return Errno.OTHER;
    }
    if (failure instanceof FileNotFoundException) {
      text = withoutPath(text);
    }
    for (String suffix : JDK_SUFFIXES) {
      if (text.endsWith(suffix)) {
        text = text.substring(0, text.length() - suffix.length());
      }
    }
    Errno known = ENGLISH.get(text);
    return known != null ? known : local().getOrDefault(text, Errno.OTHER);
  }

  /** Those for which the JDK has a type, with or without a text. */
  private static Errno byType(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return Errno.ENOENT;
    }
    if (failure instanceof AccessDeniedException) {
      return Errno.EACCES;
    }
    if (failure instanceof FileAlreadyExistsException) {
      return Errno.EEXIST;
    }
    if (failure instanceof DirectoryNotEmptyException) {
      return Errno.ENOTEMPTY;
    }
    if (failure instanceof NotDirectoryException) {
      return Errno.ENOTDIR;
    }
    if (failure instanceof FileSystemLoopException) {
      return Errno.ELOOP;
    }
    if (failure instanceof AtomicMoveNotSupportedException) {
      return Errno.EXDEV;
    }
    return Errno.OTHER;
  }

  /**
   * Takes {@code Permission denied} out of {@code /a/path (Permission denied)}, which is how
   * java.io puts it.
   */
  private static String withoutPath(String message) {
    int open = message.lastIndexOf(" (");
    return open >= 0 && message.endsWith(")")
        ? message.substring(open + 2, message.length() - 1)
        : message;
  }

  private Map<String, Errno> local() {
    Map<String, Errno> known = local;
    if (known == null) {
      known = new HashMap<>();
      // What it says of a number that it does not know; it may not know some of ours.
      String unknown = strerror.apply(NO_SUCH_NUMBER);
      for (Errno errno : Errno.values()) {
        String text = errno == Errno.OTHER ? null : strerror.apply(errno.number());
        if (text != null && !text.equals(unknown)) {
          // The first wins: where a language has one text for two, the graver is listed first.
          known.putIfAbsent(text, errno);
        }
      }
      local = known;
    }
    return known;
  }

  private static Map<String, Errno> english() {
    Map<String, Errno> known = new HashMap<>();
    for (Errno errno : Errno.values()) {
      for (String text : errno.texts()) {
        known.put(text, errno);
      }
    }
    return Map.copyOf(known);
  }
}
