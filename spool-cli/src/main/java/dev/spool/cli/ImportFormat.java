package dev.spool.cli;

import java.util.Locale;

/** What an import reads. */
enum ImportFormat {
  /** A file a message. */
  FILES,
  /** One file, in the variant mboxrd. */
  MBOX,
  /** A directory with {@code new} and {@code cur}. */
  MAILDIR,
  /** A directory of KumoMTA's {@code LocalDiskSpool}. */
  KUMOMTA_LOCALDISK;

  /** Returns the name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
