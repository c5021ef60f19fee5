package dev.spool.torture;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One line of what a child tells its parent while it lives. It begins with a sign that tells it
 * from what a library prints, is ASCII, and is shorter than what a pipe takes at once, so that
 * lines of several threads are not mixed up, and one that a kill cuts off was not written at all.
 *
 * @param what what happened
 * @param words what more there is to know
 */
record Line(What what, List<String> words) {
  private static final String SIGN = "@";

  /** Well below what POSIX promises to write at once on Linux (4,096 bytes). */
  private static final int LONGEST = 1500;

  /** What happened; {@code call} is a number that the child gives to each of its calls. */
  enum What {
    /** The spool is about to be opened. */
    OPENING,
    /** It is open. */
    OPEN,
    /** It could not be opened, or closed: why. */
    FAILED,
    /** A store is about to be called: call, level, id, generation. */
    STORE,
    /** A removal is about to be called: call, level, id. */
    REMOVE,
    /** A write was acknowledged: call. */
    DONE,
    /** A call failed: call, outcome, why. */
    REFUSED,
    /** A load is about to be called: call, id. */
    LOAD,
    /** It returned: call, length, SHA-256; for a message that is not there -1 and nothing. */
    LOADED,
    /** A scan is about to be called: call. */
    SCAN,
    /** It has shown a message: call, id, length, SHA-256. */
    ITEM,
    /** It has shown damage: call, id or a question mark, why. */
    CORRUPT,
    /** It has ended: call. */
    SCANNED,
    /** Maintenance is about to be called, one at a time: its name. */
    MAINTAINING,
    /** Maintenance was done: its name. */
    MAINTAINED,
    /** Maintenance failed: its name, why. */
    UNMAINTAINED,
    /** All that was to be compared was told of. */
    COMPARED,
    /** The spool is closed. */
    CLOSED
  }

  static Line of(What what, Object... words) {
    return new Line(what, List.of(words).stream().map(Line::word).toList());
  }

  /** Nobody reads a text of many words here: it is one word, and plain. */
  private static String word(Object value) {
    String text = String.valueOf(value).replaceAll("[^!-~]", "_");
    return text.length() > LONGEST / 2 ? text.substring(0, LONGEST / 2) : text;
  }

  /** Returns the line, with its end. */
  byte[] format() {
    String text = SIGN + what + " " + String.join(" ", words);
    String cut = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    return (cut + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  static boolean isLine(String text) {
    return text.startsWith(SIGN);
  }

  /**
   * Reads a line, without its end.
   *
   * @throws IllegalArgumentException if it is of another form
   */
  static Line parse(String text) {
    String[] parts = text.substring(SIGN.length()).split(" ", -1);
    return new Line(What.valueOf(parts[0]), List.of(parts).subList(1, parts.length));
  }

  String word(int index) {
    if (index >= words.size()) {
      throw new IllegalArgumentException("a line that is too short: " + what + " " + words);
    }
    return words.get(index);
  }

  long number(int index) {
    return Long.parseLong(word(index));
  }
}
