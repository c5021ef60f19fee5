package dev.spool.cli.demo;

import dev.spool.SpoolId;
import java.util.Locale;

/**
 * One line of what a child tells its parent, while it lives, about the spool that it writes.
 *
 * @param kind what happened
 * @param id to which message; for {@link Kind#OPENING} and {@link Kind#READY} one without meaning
 * @param number the number of the mail that was stored, else 0
 * @param micros how long the store took, in microseconds, else 0
 */
record AckLine(Kind kind, SpoolId id, int number, long micros) {

  /** What happened. */
  enum Kind {
    /** The child is about to open the spool. */
    OPENING('o'),
    /** The spool is open. */
    READY('r'),
    /** The store was acknowledged: the message must be there from now on. */
    STORED('+'),
    /** The removal is about to begin: the message may be gone from now on. */
    REMOVING('?'),
    /** The removal was acknowledged: the message must be gone from now on. */
    REMOVED('-');

    private final char sign;

    Kind(char sign) {
      this.sign = sign;
    }
  }

  /** Returns the line, with its end. */
  String format() {
    return String.format(Locale.ROOT, "%c %s %d %d\n", kind.sign, id, number, micros);
  }

  /**
   * Reads a line, without its end.
   *
   * @throws IllegalArgumentException if it is of another form
   */
  static AckLine parse(String line) {
    String[] parts = line.split(" ", -1);
    if (parts.length == 4 && parts[0].length() == 1) {
      for (Kind kind : Kind.values()) {
        if (kind.sign == parts[0].charAt(0)) {
          return new AckLine(
              kind, SpoolId.parse(parts[1]), Integer.parseInt(parts[2]), Long.parseLong(parts[3]));
        }
      }
    }
    throw new IllegalArgumentException("not a line of the child's: " + line);
  }
}
