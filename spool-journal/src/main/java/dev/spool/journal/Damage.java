package dev.spool.journal;

/** What is wrong with a message, or with bytes of a segment. Says nothing of its bytes. */
final class Damage extends Exception {
  private static final long serialVersionUID = 1L;

  private final String location;
  private final String error;

  Damage(String location, String error) {
    super(error, null, false, false);
    this.location = location;
    this.error = error;
  }

  String location() {
    return location;
  }

  String error() {
    return error;
  }

  boolean isSame(Damage other) {
    return location.equals(other.location) && error.equals(other.error);
  }
}
