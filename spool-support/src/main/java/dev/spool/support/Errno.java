package dev.spool.support;

import java.util.List;

/**
 * The errors of the operating system that a spool tells apart, and what each says about its health
 * when a change of the storage meets it. {@link IoFailures} finds them behind exceptions.
 */
public enum Errno {
  // The device or the file system fails, or is gone, or says that it is damaged.
  /** The device failed. */
  EIO(5, FailureClass.FATAL, "Input/output error", "I/O error"),
  /** The file system is read-only: mounted so, or made so by the kernel after an error. */
  EROFS(30, FailureClass.FATAL, "Read-only file system"),
  /** The server no longer knows the file. */
  ESTALE(116, FailureClass.FATAL, "Stale file handle", "Stale NFS file handle"),
  /** The device is gone. */
  ENXIO(6, FailureClass.FATAL, "No such device or address", "Device not configured"),
  /** The device is gone, or cannot do that. */
  ENODEV(19, FailureClass.FATAL, "No such device", "Operation not supported by device"),
  /** The medium is gone. */
  ENOMEDIUM(123, FailureClass.FATAL, "No medium found"),
  /** The file system found a checksum of its own wrong. */
  EBADMSG(74, FailureClass.FATAL, "Bad message"),
  /** The file system found itself damaged. */
  EUCLEAN(117, FailureClass.FATAL, "Structure needs cleaning"),
  /** The server's device failed. */
  EREMOTEIO(121, FailureClass.FATAL, "Remote I/O error"),
  /** The process behind a FUSE mount is gone. */
  ENOTCONN(107, FailureClass.FATAL, "Transport endpoint is not connected", "Socket not connected"),
  /** The server did not answer, and what it did is unknown. */
  ETIMEDOUT(110, FailureClass.FATAL, "Connection timed out", "Operation timed out"),
  /** The server is down. */
  EHOSTDOWN(112, FailureClass.FATAL, "Host is down"),
  /** The descriptor was closed beneath its user, and its number may be another file's by now. */
  EBADF(9, FailureClass.FATAL, "Bad file descriptor"),

  // Something runs short.
  /** This process has too many files open. */
  EMFILE(24, FailureClass.SUSPECT, "Too many open files", "No file descriptors available"),
  /** This machine has too many files open. */
  ENFILE(23, FailureClass.SUSPECT, "Too many open files in system"),
  /** The kernel has no memory for this. */
  ENOMEM(12, FailureClass.SUSPECT, "Cannot allocate memory", "Out of memory"),
  /** Try again. */
  EAGAIN(11, FailureClass.SUSPECT, "Resource temporarily unavailable"),
  /** A signal came between. */
  EINTR(4, FailureClass.SUSPECT, "Interrupted system call"),
  /** Somebody else is using it. */
  EBUSY(16, FailureClass.SUSPECT, "Device or resource busy", "Resource busy"),
  /** The kernel, or the server, has no locks left. */
  ENOLCK(37, FailureClass.SUSPECT, "No locks available"),

  // No room.
  /** The file system is full: bytes or inodes. */
  ENOSPC(28, FailureClass.SPACE, "No space left on device"),
  /** The user's or the project's quota is used up. */
  EDQUOT(122, FailureClass.SPACE, "Disk quota exceeded", "Quota exceeded", "Disc quota exceeded"),

  // Something about one name, one file, or all of them: a success elsewhere tells which. One
  // message whose file was made
  // immutable must not stop the spool; a spool directory that lost its permissions fails every
  // store, and so soon does.
  /** The permissions forbid it. */
  EACCES(13, FailureClass.SUSPECT, "Permission denied"),
  /** Not permitted to this user, or the file is immutable. */
  EPERM(1, FailureClass.SUSPECT, "Operation not permitted"),
  /**
   * The name is not there; when changing something: the directory was removed beneath the spool.
   */
  ENOENT(2, FailureClass.SUSPECT, "No such file or directory"),
  /** The name is taken. */
  EEXIST(17, FailureClass.SUSPECT, "File exists"),
  /** A file is where a directory should be. */
  ENOTDIR(20, FailureClass.SUSPECT, "Not a directory"),
  /** A directory is where a file should be. */
  EISDIR(21, FailureClass.SUSPECT, "Is a directory"),
  /** The directory holds something. */
  ENOTEMPTY(39, FailureClass.SUSPECT, "Directory not empty"),
  /** A symbolic link where the spool follows none. */
  ELOOP(40, FailureClass.SUSPECT, "Too many levels of symbolic links", "Symbolic link loop"),
  /** The path is too long. */
  ENAMETOOLONG(36, FailureClass.SUSPECT, "File name too long", "Filename too long"),
  /** Another file system is mounted inside the spool. */
  EXDEV(18, FailureClass.SUSPECT, "Invalid cross-device link", "Cross-device link"),
  /** The directory takes no more subdirectories. */
  EMLINK(31, FailureClass.SUSPECT, "Too many links"),
  /** The file would be larger than the file system or the process's limit allows. */
  EFBIG(27, FailureClass.SUSPECT, "File too large"),
  /** The file system cannot do that, or not with these arguments. */
  EINVAL(22, FailureClass.SUSPECT, "Invalid argument"),
  /** The file system cannot do that. */
  EOPNOTSUPP(95, FailureClass.SUSPECT, "Operation not supported", "Not supported"),

  /**
   * Something else, or in a language that is not known here. It may be a failing device, and a
   * failed change of the storage must not go unnoticed, so it counts as one.
   */
  OTHER(0, FailureClass.FATAL);

  private final int number;
  private final FailureClass failureClass;

  @SuppressWarnings("ImmutableEnumChecker") // A list of List.of.
  private final List<String> texts;

  Errno(int number, FailureClass failureClass, String... texts) {
    this.number = number;
    this.failureClass = failureClass;
    this.texts = List.of(texts);
  }

  /**
   * The number on Linux, but for the MIPS, SPARC, PA-RISC and Alpha architectures; 0 for {@link
   * #OTHER}.
   */
  int number() {
    return number;
  }

  /** What it says about the spool's health when a change of the storage meets it. */
  FailureClass failureClass() {
    return failureClass;
  }

  /**
   * What C libraries say of it in English: glibc first, then musl, older glibc and macOS where they
   * differ.
   */
  List<String> texts() {
    return texts;
  }
}
