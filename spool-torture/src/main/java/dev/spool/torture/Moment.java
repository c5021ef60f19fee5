package dev.spool.torture;

/** When a child is killed. */
enum Moment {
  /** At any moment, under load. */
  WORKING("under load"),
  /** Right after an acknowledgement, under load. */
  ACKNOWLEDGED("right after an acknowledgement"),
  /** Right after the acknowledgement of the only write. */
  ONCE("right after its only write"),
  /** Under load, or behind its only write, before anything was acknowledged. */
  EARLY("before any acknowledgement"),
  /** While it opens what the child before has left. */
  OPENING("while opening"),
  /** When it has opened that, before it was told to do anything. */
  OPENED("right after opening"),
  /** While it closes, under load. */
  CLOSING("while closing"),
  /** Right after it has closed, under load. */
  CLOSED("right after closing");

  private final String text;

  Moment(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
