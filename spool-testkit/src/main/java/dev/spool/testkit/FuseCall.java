package dev.spool.testkit;

import org.jspecify.annotations.Nullable;

/** What the kernel asks of a file system, by the numbers of the FUSE protocol. */
enum FuseCall {
  LOOKUP(1),
  FORGET(2),
  GETATTR(3),
  SETATTR(4),
  MKDIR(9),
  UNLINK(10),
  RMDIR(11),
  RENAME(12),
  OPEN(14),
  READ(15),
  WRITE(16),
  STATFS(17),
  RELEASE(18),
  FSYNC(20),
  FLUSH(25),
  INIT(26),
  OPENDIR(27),
  READDIR(28),
  RELEASEDIR(29),
  FSYNCDIR(30),
  CREATE(35),
  INTERRUPT(36),
  BATCH_FORGET(42),
  FALLOCATE(43),
  RENAME2(45);

  private final int number;

  FuseCall(int number) {
    this.number = number;
  }

  /** Returns the call of that number, or null if this file system does not have it. */
  static @Nullable FuseCall of(int number) {
    for (FuseCall call : values()) {
      if (call.number == number) {
        return call;
      }
    }
    return null;
  }

  /** Tells whether the kernel waits for an answer. */
  boolean isAnswered() {
    return this != FORGET && this != BATCH_FORGET && this != INTERRUPT;
  }

  /** Tells whether it changes what is on the disk. */
  boolean isChange() {
    return switch (this) {
      case SETATTR,
          MKDIR,
          UNLINK,
          RMDIR,
          RENAME,
          RENAME2,
          WRITE,
          FSYNC,
          FSYNCDIR,
          CREATE,
          FALLOCATE ->
          true;
      default -> false;
    };
  }

  /**
   * Tells whether a program that makes it can be told of a failure: not those that are the kernel's
   * own affair.
   */
  boolean canFail() {
    return isAnswered() && this != INIT && this != RELEASE && this != RELEASEDIR;
  }
}
