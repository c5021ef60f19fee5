package dev.spool.filesystem;

/**
 * Counts the changes of the names in one directory, and tells which of them a force that failed may
 * have lost.
 *
 * <p>A force that has failed is final: what it was to bring onto stable storage may have been
 * dropped, and the next one succeeds without it. So a change that was made before a failure was
 * known is never vouched for by a later force; one that was made after it is.
 *
 * <p>Not thread-safe: guarded by {@link DirectoryForces}.
 */
final class NameChanges {
  /** The number of what is no change: older than all of them. */
  static final long NONE = 0;

  private long last = NONE;
  private long forced = NONE;
  private long lost = NONE - 1;

  /** A name is about to be changed: returns the number of that change. */
  long next() {
    return ++last;
  }

  /** Returns the number of the last change. */
  long last() {
    return last;
  }

  /** Tells whether a force has covered all changes. */
  boolean areForced() {
    return forced == last;
  }

  /**
   * Tells whether all changes up to this one are on stable storage: a force has covered it that had
   * something to write, a change that is newer than the last failure.
   */
  boolean isForced(long change) {
    return change <= forced;
  }

  /** Returns the last change that was made before a failure was known. */
  long lost() {
    return lost;
  }

  /**
   * A force has succeeded that began when {@code covered} was the last change.
   *
   * @return whether that proves anything: not if there was nothing left to write
   */
  boolean forced(long covered) {
    if (covered <= lost) {
      return false;
    }
    forced = Math.max(forced, covered);
    return true;
  }

  /**
   * All that the changes up to {@code covered} had made is gone with the directory, and that lasts:
   * nothing of it can be lost any more. {@link #lost} stays, since none of them may be vouched for.
   */
  void gone(long covered) {
    forced = Math.max(forced, covered);
  }

  /** Tells whether a force proves nothing, until a name is changed. */
  boolean areInDoubt() {
    return last <= lost && !areForced();
  }

  /** A force has failed. */
  void failed() {
    lost = last;
  }
}
