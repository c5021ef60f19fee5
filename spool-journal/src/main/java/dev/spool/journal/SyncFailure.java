package dev.spool.journal;

import java.io.IOException;
import java.nio.file.Path;

/** A sync of a segment, or of the roster, has failed, which is final for its file. */
final class SyncFailure extends IOException {
  private static final long serialVersionUID = 1L;

  private final IOException failure;

  SyncFailure(Path path, IOException failure) {
    super("cannot force " + path + ": " + failure.getMessage(), failure);
    this.failure = failure;
  }

  /** Returns what the file system said. */
  IOException failure() {
    return failure;
  }
}
