package dev.spool.cli;

/**
 * What became of a message in an export.
 *
 * @param kind in short
 * @param why it was not written; empty if it is there
 */
record ExportResult(Kind kind, String why) {
  static final ExportResult WRITTEN = new ExportResult(Kind.WRITTEN, "");
  static final ExportResult THERE_ALREADY = new ExportResult(Kind.THERE_ALREADY, "");

  enum Kind {
    WRITTEN,
    /** A file of that name has these very bytes: a previous export wrote it. */
    THERE_ALREADY,
    REFUSED
  }

  static ExportResult refused(String why) {
    return new ExportResult(Kind.REFUSED, why);
  }
}
