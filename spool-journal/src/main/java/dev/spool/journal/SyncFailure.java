package dev.spool.journal;

import java.io.IOException;

/** A sync of a segment has failed, which is final for its file. */
final class SyncFailure extends IOException {
  private static final long serialVersionUID = 1L;

  private final IOException failure;

  SyncFailure(Segment segment, IOException failure) {
    super("cannot force " + segment.file().path() + ": " + failure.getMessage(), failure);
    this.failure = failure;
  }

  /** Returns what the file system said. */
  IOException failure() {
    return failure;
  }
}
