package dev.spool.cli;

import dev.spool.SpoolEntry;
import java.io.PrintStream;

/** How a damaged entry is shown. */
final class Damage {
  private Damage() {}

  /** Says of damage whose id cannot be told that it may be more than one message. */
  static String unknown(long withoutId) {
    return withoutId == 0
        ? ""
        : " (" + Text.count(withoutId) + " without an id: of how many messages is unknown)";
  }

  static void print(SpoolEntry.Corrupt corrupt, boolean json, PrintStream stream) {
    if (json) {
      new Json()
          .put("damaged", true)
          .put("id", corrupt.id() == null ? null : corrupt.id().toString())
          .put("location", corrupt.location())
          .put("error", corrupt.error())
          .print(stream);
    } else {
      stream.println(
          "damaged: "
              + (corrupt.id() == null ? "id unknown" : corrupt.id())
              + " at "
              + Text.printable(corrupt.location())
              + ": "
              + corrupt.error());
    }
  }
}
