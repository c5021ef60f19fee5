package dev.spool.cli;

import dev.spool.SpoolId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/** A file that holds one message to import, and nothing else. */
interface ImportFile {

  /** Returns where it is. */
  Path path();

  /** Returns the id under which the message is to be stored. */
  SpoolId id(byte[] message) throws IOException;

  /**
   * Tells whether the id is one that the message had before: then another message of that id in the
   * spool is not replaced.
   */
  default boolean keepsId() {
    return false;
  }

  /** Is told that the file is gone; returns whether it will be sought elsewhere. */
  default boolean soughtElsewhere() {
    return false;
  }

  /**
   * Returns whether a symbolic link is followed: one that the user has named, none that we found.
   */
  default boolean followsLink() {
    return false;
  }

  /** Returns its length as the file system tells it, in bytes. */
  default long length() throws IOException {
    return Files.size(path());
  }

  /** Reads it; fails if it is longer than {@code limit} bytes. */
  default byte[] read(long limit) throws IOException {
    OpenOption[] options =
        followsLink() ? new OpenOption[0] : new OpenOption[] {LinkOption.NOFOLLOW_LINKS};
    try (InputStream in = Files.newInputStream(path(), options)) {
      return SizeLimit.read(in, limit);
    }
  }
}
