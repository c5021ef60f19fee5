package dev.spool.testkit;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** How Linux tells what went wrong with a file: its number, and the words in which the JDK does. */
enum Errno {
  ENOENT(2, "No such file or directory"),
  EIO(5, "Input/output error"),
  EACCES(13, "Permission denied"),
  EEXIST(17, "File exists"),
  ENOTDIR(20, "Not a directory"),
  EINVAL(22, "Invalid argument"),
  EMFILE(24, "Too many open files"),
  ENOSPC(28, "No space left on device"),
  EROFS(30, "Read-only file system"),
  ENOSYS(38, "Function not implemented"),
  ENOTEMPTY(39, "Directory not empty"),
  EOPNOTSUPP(95, "Operation not supported"),
  EDQUOT(122, "Disk quota exceeded");

  private final int number;
  private final String words;

  Errno(int number, String words) {
    this.number = number;
    this.words = words;
  }

  /** Returns the number, on Linux on x86-64 and ARM64. */
  int number() {
    return number;
  }

  /** Returns how the JDK's messages call it. */
  String words() {
    return words;
  }

  /** Returns what a failure of a disk is to a program of the system. */
  static Errno of(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return ENOENT;
    }
    if (failure instanceof FileAlreadyExistsException) {
      return EEXIST;
    }
    if (failure instanceof NotDirectoryException) {
      return ENOTDIR;
    }
    if (failure instanceof DirectoryNotEmptyException) {
      return ENOTEMPTY;
    }
    for (Errno errno : values()) {
      if (errno.words.equals(failure.getMessage())) {
        return errno;
      }
    }
    return EIO;
  }
}
