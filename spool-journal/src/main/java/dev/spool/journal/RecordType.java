package dev.spool.journal;

import org.jspecify.annotations.Nullable;

/** What a record says. */
enum RecordType {
  /** The first record of a life: how far the segment before was synced. */
  BEGIN(1),
  /** A message. */
  STORE(2),
  /** A tombstone: its payload names the lives that it is needed for. */
  REMOVE(3);

  private final int code;

  RecordType(int code) {
    this.code = code;
  }

  /** Returns what stands for it in a file. */
  int code() {
    return code;
  }

  /** Returns the type that a number stands for; null if there is none. */
  static @Nullable RecordType of(int code) {
    return switch (code) {
      case 1 -> BEGIN;
      case 2 -> STORE;
      case 3 -> REMOVE;
      default -> null;
    };
  }
}
