package dev.spool.filesystem;

/**
 * Counts the changes of the names in one directory, and tells which of them a force that failed may
 * have lost.
 *
 * <p>A force that has failed is final: what it was to bring onto stable storage may have been
 * dropped, and the next one succeeds without it. So a change that was made before a failure was
 * known is never vouched for by a later force; one that was made after it is, and then all before
 * it is on stable storage, too: to write it, the file system's journal has to come up to it. So a
 * later force proves something only if a change was made since that certainly came to something. A
 * name that was not there to be removed, or that was refused, leaves nothing to be written: the
 * next force may succeed without touching the device.
 *
 * <p>Not thread-safe: guarded by {@link DirectoryForces}.
 */
final class NameChanges {
  /** The number of what is no change: older than all of them. */
  static final long NONE = 0;

  private long last = NONE;
  private long made = NONE;
  private long forced = NONE;
  private long lost = NONE - 1;
  private long gone = NONE - 1;

  /** A name is about to be changed: returns the number of that change. */
  long next() {
    return ++last;
  }

  /** Returns the number of the last change. */
  long last() {
    return last;
  }

  /** A change has come to something: the directory is not what it was before. */
  void made(long change) {
    made = Math.max(made, change);
  }

  /** Returns the last change that has certainly come to something. */
  long lastMade() {
    return made;
  }

  /** Tells whether a force has covered all changes. */
  boolean areForced() {
    return forced == last;
  }

  /**
   * Tells whether all changes up to this one are on stable storage: a force has covered it that
   * proves something, or all that they had made is gone.
   */
  boolean isForced(long change) {
    return change <= forced;
  }

  /** Returns the last change that was made before a failure was known. */
  long lost() {
    return lost;
  }

  /**
   * A force has succeeded that began when {@code covered} was the last change, and {@code made} the
   * last that had come to something.
   *
   * @return whether that proves anything: not if there may have been nothing left to write
   */
  boolean forced(long covered, long made) {
    if (areInDoubt(made)) {
      return false;
    }
    forced = Math.max(forced, covered);
    return true;
  }

  /**
   * All that the changes up to {@code covered} had made is gone with the directory, and that lasts:
   * nothing of it can be lost any more, and so it is not in doubt. {@link #lost} stays, since none
   * of them may be vouched for.
   */
  void gone(long covered) {
    forced = Math.max(forced, covered);
    gone = Math.max(gone, covered);
  }

  /** Tells whether a force proves nothing, until a name is changed. */
  boolean areInDoubt() {
    return areInDoubt(made);
  }

  private boolean areInDoubt(long lastMade) {
    return lastMade <= lost && gone < lost;
  }

  /** A force has failed. */
  void failed() {
    lost = last;
  }
}
