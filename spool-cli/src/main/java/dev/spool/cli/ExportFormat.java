package dev.spool.cli;

import java.util.Locale;

/** What an export writes. */
enum ExportFormat {
  /** A file a message. */
  FILES,
  /** One file, in the variant mboxrd. */
  MBOX,
  /** A directory with {@code tmp}, {@code new} and {@code cur}. */
  MAILDIR;

  /** Returns the name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
