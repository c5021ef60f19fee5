package dev.spool.filesystem;

/**
 * What is wrong with a file that was read and is not what was stored. Says nothing of its bytes.
 */
final class Damage extends Exception {
  private static final long serialVersionUID = 1L;

  private final String error;

  Damage(String error) {
    super(error, null, false, false);
    this.error = error;
  }

  /** What is wrong, to go on from "the message is damaged:". */
  String error() {
    return error;
  }
}
